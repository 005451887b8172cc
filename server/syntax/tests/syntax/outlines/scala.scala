package com.example.store

import com.example.{Base, Clock => Time, _}
import scala.util.Try

/** A store. */
@service("x")
class Store[T <: Item](val name: String, private val size: Int = 1)(implicit clock: Time) extends Base[T](clock) with Reader {
  val limit: Int = 3
  private var items = Map.empty[String, T]

  /** Finds it. */
  override def find(key: String, rest: Int*): Option[T] = {
    val local = items.get(key)
    for ((k, v) <- items; entry <- v) log(k, entry)
    local match {
      case Some(found: Item) => helper(found, limit)
      case other => new Failure(other) with Logging
    }
    items.map(x => x._2).filter(_.ready)
  }
  private def hidden(): Unit = ()
}
object Store { def apply(name: String) = new Store[Item](name) }
trait Reader extends Closeable { def read(): String; type Unit }
case class Point(x: Int, y: Int = 2)
enum Colour { case Red, Green; case Mixed(a: Colour) }
class StoreSuite extends FunSuite { test("finds") { assert(Store("a").limit == 1) } }
