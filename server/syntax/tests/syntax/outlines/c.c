#include <stdio.h>
#include "store.h"

#define LIMIT 3
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/* An item. */
struct item {
    char *name;
    int (*compare)(const void *, const void *);
    struct item *next;
};
typedef struct { int x, y; } point_t;
typedef int (*handler)(int code);
enum colour { RED, GREEN = 2 };
union bits { int word; };

int find(struct item *list, const char *key);
static int counter = 0, other;
extern const char *names[];

/* Finds it. */
int find(struct item *list, const char *key) {
    struct item *at = list;
    int local = MAX(LIMIT, counter);
    for (; at; at = at->next)
        if (compare(at->name, key) == 0) goto done;
    handler call = handle;
    point_t p = { .x = 1 };
    list->compare(at, local, p);
done:
    return call(local);
}

static inline char **split(void) { return (char **)malloc(sizeof(struct item)); }
void variadic(const char *format, ...) {}
