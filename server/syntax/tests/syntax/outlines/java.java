package com.example.store;

import java.util.*;
import static java.lang.Math.max;
import com.example.Base;

/** A store. */
@Service("x")
public class Store<T extends Item> extends Base<T> implements Reader, java.io.Closeable {
    public static final int LIMIT = 3, LOW = 1;
    private final Map<String, T> items = new HashMap<>();

    /** Makes one. */
    public Store(Clock clock) { super(clock); this.clock = clock; }

    @Override
    protected <R> Optional<R> find(final String key, int... rest) throws NotFound {
        T local = items.get(key);
        for (var entry : items.entrySet()) { log(entry, local); }
        try (var in = open(key)) { in.read(); } catch (IOException | Failure e) { throw new Wrapped(e); }
        return rest.length > max(LIMIT, 1) ? items.values().stream().map(x -> x.name()).map(Item::copy).findFirst() : null;
    }

    private static void hidden() { if (o instanceof Item i) { i.run(); } }
    enum Colour { RED, GREEN { void f() {} }; int code; }
    record Point(int x, double y) { Point { check(x); } }
    interface Reader extends Closeable { String read(); int SIZE = 4; }
    @interface Marker { String value() default ""; }
}

class StoreTest {
    @Test
    void finds() { new Store<>(null).find("a", 1); }
}
