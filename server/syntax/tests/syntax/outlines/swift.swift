import Foundation
@testable import struct Store.Item

/// A store.
@MainActor
public final class Store<T: Item>: Base, Reader {
    static let limit = 3
    private var items: [String: T] = [:], spare = 1
    var count: Int { return items.count }

    init(name: String, clock: Clock = Clock()) { self.name = name; super.init(clock) }
    deinit { close() }

    /// Finds it.
    func find(_ key: String, by depth: Int = 1, rest: Int...) async throws -> T? {
        guard let found = items[key] else { return nil }
        for item in items.values { log(item, found, limit: Store.limit) }
        let closure = { (x: Int) in x + depth }
        return try await load(key).map { $0.name }.first(where: check)
    }
    fileprivate func hidden() { closure(1) }
    subscript(index: Int) -> T { items[index] }
    enum Colour: String { case red, green = "g"; case mixed(Colour) }
}
struct Point { var x: Int; let y = Double() }
protocol Reader: AnyObject { var name: String { get }; func read() -> String; associatedtype Unit }
extension Store: Codable where T: Codable { func encode(to encoder: Encoder) {} }
typealias Handler = (Int) -> Void
func outside(action: () -> Void) { action(); Point(x: 1) }
class StoreTests: XCTestCase { func testFinds() { XCTAssertEqual(Store<Item>(name: "x"), nil) } }
