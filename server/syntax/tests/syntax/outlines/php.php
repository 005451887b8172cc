<?php
namespace App\Store;

use App\Models\Item;
use App\Support\{Clock, Str as Text};
use function App\helper;

const LIMIT = 3;

/** A store. */
#[Service("x")]
final class Store extends Base implements Reader, \Countable
{
    use Finds, Counts;
    public const SIZE = 2;
    private ?Item $item = null, $other;

    /** Makes one. */
    public function __construct(private readonly Clock $clock, string $name = 'x', int ...$rest) {}

    protected static function find(?string $key, array|Item $value): ?Item
    {
        $local = self::load($key) ?? helper($key, ...$value);
        foreach ($this->items as $item) { $item->save(LIMIT)->log(); }
        if ($local instanceof Item) return new Item($key, static::SIZE);
        return array_map(fn($x) => Text::upper($x), $rest);
    }
    private function hidden() { throw new \RuntimeException(Store::class); }
}
interface Reader { public function read(): string; }
trait Counts { public int $count = 0; abstract function total(); }
enum Colour: string { case Red = 'r'; case Green = 'g'; }
function outside(Store &$store): void { $store?->find('a', []); Store::$shared; }
class StoreTest extends TestCase { public function testFinds(): void { (new Store(new Clock()))->find('a'); } }
