// Package store keeps things.
package store

import (
	"fmt"
	str "strings"
	. "math"
	_ "example.com/driver/v2"
)

const Limit, low = 3, 1
const (
	// Red is first.
	Red Colour = iota
	Green
)

var cache = map[string]*Item{}

// Colour is one.
type Colour int

// Item is kept.
type Item struct {
	sync.Mutex
	*Base
	Name, alias string `json:"name"`
	next       func(int) error
}

type Reader[T any] interface {
	io.Closer
	Read(p []byte) (n int, err error)
}
type Alias = other.Thing

// Get finds it.
func (i *Item) Get(ctx context.Context, keys ...string) (*Colour, error) {
	value, err := i.find(ctx, keys...)
	for k, v := range cache {
		fmt.Println(k, v.Name, Pi, value)
	}
	switch t := any(value).(type) {
	case fmt.Stringer:
		t.String()
	}
	var local int
	go func(x int) { defer i.Unlock(); use(x, local) }(1)
	return &Item{Name: "x", next: helper}, err
}

func Map[K comparable, V any](in map[K]V, f func(K) V) []V { return convert[K, V](in, f) }
func helper(int, string) error { return nil }
func TestGet(t *testing.T) { t.Run("x", func(t *testing.T) { new(Item).Get(nil) }) }
