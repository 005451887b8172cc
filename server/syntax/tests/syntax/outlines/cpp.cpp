#include <vector>
using namespace std::chrono;
using base::Item;

namespace store::inner {

/// A store.
template <typename T, int N = 3>
class Store : public Base<T>, private mixin::Counted {
 public:
    explicit Store(int size) : Base<T>(size), size_(size) {}
    virtual ~Store();
    int get(const std::string &key, int fallback = 0) const;
    template <class U> U convert() { return static_cast<U>(size_); }
    bool operator==(const Store &other) const { return size_ == other.size_; }
    operator bool() const { return true; }
    static Store make();
    friend void swap(Store &a, Store &b);
    enum class Colour { Red, Green };
    using Key = std::string;
 private:
    int size_ = 0;
    std::vector<T> items_;
};

struct Point { int x, y; };

template <typename T> int Store<T>::get(const std::string &key, int fallback) const {
    auto found = items_.find(key);
    for (const auto &item : items_) log(item);
    auto handle = [&](int x) { return x + size_; };
    if (auto it = inner::lookup<T>(key); it) return handle(*it);
    Point p{1, 2};
    auto *made = new Item(key, 1);
    return std::max<int>(fallback, made->value().size());
}

template <typename T> Store<T>::~Store() = default;
concept Sized = requires(T t) { t.size(); };
static void hidden() { Store<int>::make(); }
}  // namespace

class EXPORT Plugin : public Base { public: void start(); };
void guarded() LOCKS_EXCLUDED(mutex_);
extern "C" { void exported_c(int); }
TEST(StoreTest, Finds) { EXPECT_EQ(1, store::inner::hidden()); }
