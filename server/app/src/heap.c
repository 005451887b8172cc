/* How a server that waits for hours gives memory back: told to glibc's allocator before it hands out its first block.
 *
 * By default glibc raises its threshold for blocks of their own to the largest such block that was ever freed, and
 * keeps up to twice as much at the end of each heap. Writing the index frees blocks of several megabytes, so afterwards
 * every heap kept what it once needed (4 MB of 33 in an idle server), and each thread that was ever busy had a heap.
 * Fixed thresholds switch that off. Commands that run and end are left as they are. Other allocators: nothing is done.
 *
 * In C because the Rust code here has no `unsafe` at all, and because it must come first.
 */
#include <string.h>

#if defined(__GLIBC__)
#include <malloc.h>

__attribute__((constructor)) static void settle(int argc, char **argv)
{
    for (int at = 1; at < argc; at++) {
        if (argv[at] && strcmp(argv[at], "lsp") == 0) {
            mallopt(M_MMAP_THRESHOLD, 256 * 1024);
            mallopt(M_TRIM_THRESHOLD, 64 * 1024);
            mallopt(M_TOP_PAD, 16 * 1024);
            mallopt(M_ARENA_MAX, 4);
            return;
        }
    }
}
#endif
