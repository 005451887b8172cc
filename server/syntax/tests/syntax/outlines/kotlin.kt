package com.example.store

import com.example.Base
import com.example.util.helper as assist
import java.util.*

/** A store. */
@Service("x")
class Store<T : Item>(val name: String, private var size: Int = 1, clock: Clock) : Base<T>(clock), Reader by other {
    companion object {
        const val LIMIT = 3
        fun build() = Store("a", clock = Clock())
    }
    private val items = mutableMapOf<String, T>()
    lateinit var current: Item

    constructor(name: String) : this(name, 1, Clock())
    init { check(size > LIMIT) }

    /** Finds it. */
    override suspend fun <R> find(key: String, vararg rest: Int, depth: Int = 1): R? {
        val local = items[key] ?: load(key)
        for ((k, v) in items) log(k, v, local)
        items.filter { it.value.name == key }.map(::assist).forEach { entry -> use(entry) }
        return try { local as R } catch (e: IOException) { throw Failure(e) }
    }
    private fun hidden() {}
}
fun String.shout(): String = uppercase() + LIMIT
internal fun outside(action: (Int) -> Unit) { action(1) }
interface Reader : Closeable {
    fun read(): String
}
enum class Colour(val code: Int) {
    RED(1),
    GREEN(2) {
        override fun f() {}
    };
    fun f() {}
}
object Registry {
    val all = listOf<Store<Item>>()
}
data class Point(val x: Int, val y: Int)
typealias Handler = (Int) -> Unit
class StoreTest {
    @Test
    fun finds() { assertEquals(Store.build(), null) }
}
