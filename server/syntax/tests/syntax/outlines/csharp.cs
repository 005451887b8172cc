using System;
using static System.Math;
using Json = Newtonsoft.Json.JsonConvert;

namespace Store.Core
{
    /// <summary>A store.</summary>
    [Serializable]
    public class Store<T> : Base<T>, IReader, Other.IThing where T : Item
    {
        public const int Limit = 3;
        private readonly Dictionary<string, T> items = new Dictionary<string, T>(), spare;
        public event EventHandler<Args> Changed;
        public string Name { get; private set; } = "x";
        public int Count => items.Count;

        public Store(Clock clock, params string[] rest) : base(clock) { this.clock = clock; }

        [HttpGet("x")]
        public async Task<Item> FindAsync(string key, int depth = 1, CancellationToken token = default)
        {
            var local = await Load<T>(key);
            foreach (var entry in items) { Log(entry, local?.Describe(key)); }
            if (local is Item found && other is null) return found;
            int Inner(int x) => x + Limit;
            return rest.Select(x => x.Name).Where(name => Inner(1) > 2).First(Helper);
        }

        void Hidden() { throw new Failure(nameof(Limit)); }
        public static Store<T> operator +(Store<T> a, Store<T> b) => a;
        enum Colour { Red, Green = 2 }
    }

    public record Point(int X, double Y);
    interface IReader { string Read(); }
    public delegate void Handler(object sender);
    public class StoreTests { [Fact] public void Finds() { new Store<Item>(null).Hidden(); } }
}
