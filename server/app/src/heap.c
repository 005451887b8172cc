/* How a server that waits for hours gives memory back: told to glibc's allocator before it hands out its first block.
 *
 * By default glibc raises its threshold for blocks of their own to the largest such block that was ever freed, and
 * keeps up to twice as much at the end of each heap. Writing the index frees blocks of several megabytes, so afterwards
 * every heap kept what it once needed (4 MB of 33 in an idle server), and each thread that was ever busy had a heap.
 * Fixed thresholds switch that off. Commands that run and end are left as they are. Other allocators: nothing is done.
 *
 * Free blocks between used ones stay all the same: after a look at fifty open files that was 150 MB of 190. So a thread
 * that does nothing else waits for SIGUSR2, which the program sends itself when it comes to rest, and gives them back.
 *
 * In C because the Rust code here has no `unsafe` at all, and because it must come first.
 */
#include <string.h>

#if defined(__GLIBC__)
#include <malloc.h>
#include <pthread.h>
#include <signal.h>

static void *give_back(void *rest)
{
    int signal;
    while (sigwait(rest, &signal) == 0)
        malloc_trim(0);
    return 0;
}

/* Blocked here, it is blocked in every thread that comes later; who never waits for it is never ended by it. */
static void wait_for_rest(void)
{
    static sigset_t rest;
    pthread_attr_t small;
    pthread_t thread;
    sigemptyset(&rest);
    sigaddset(&rest, SIGUSR2);
    if (pthread_sigmask(SIG_BLOCK, &rest, 0) != 0 || pthread_attr_init(&small) != 0)
        return;
    pthread_attr_setdetachstate(&small, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&small, 64 * 1024);
    pthread_create(&thread, &small, give_back, &rest);
    pthread_attr_destroy(&small);
}

__attribute__((constructor)) static void settle(int argc, char **argv)
{
    for (int at = 1; at < argc; at++) {
        if (argv[at] && strcmp(argv[at], "lsp") == 0) {
            mallopt(M_MMAP_THRESHOLD, 256 * 1024);
            mallopt(M_TRIM_THRESHOLD, 64 * 1024);
            mallopt(M_TOP_PAD, 16 * 1024);
            mallopt(M_ARENA_MAX, 4);
            wait_for_rest();
            return;
        }
    }
}
#endif
