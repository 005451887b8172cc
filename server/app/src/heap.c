/* How a server that waits for hours gives memory back: told to glibc's allocator before it hands out its first block.
 *
 * By default glibc raises its threshold for blocks of their own to the largest such block that was ever freed, and
 * keeps up to twice as much at the end of each heap. Writing the index frees blocks of several megabytes, so afterwards
 * every heap kept what it once needed (4 MB of 33 in an idle server), and each thread that was ever busy had a heap.
 * Fixed thresholds switch that off. Commands that run and end are left as they are. Other allocators: nothing is done.
 *
 * Free blocks between used ones stay all the same: after a look at fifty open files that was 150 MB of 190. So a thread
 * that does nothing else waits for SIGUSR2, which the program sends itself when it comes to rest, and gives them back; and
 * for SIGUSR1, after work that freed much while somebody goes on typing: then the rest of this page is left out.
 *
 * Code that only the start needed stays mapped as well, about half of an idle server's memory. At rest the pages of the
 * program's own code are let go: they are unchanged, lie in the system's file cache, and those that are needed come
 * back within a fraction of a millisecond. Nothing that was written to is touched.
 *
 * In C because the Rust code here has no `unsafe` at all, and because it must come first.
 */
#define _GNU_SOURCE
#include <string.h>

#if defined(__GLIBC__)
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Called for the program first and then for each library; the libraries are shared with other programs and stay. */
static int let_go_of_code(struct dl_phdr_info *program, size_t size, void *unused)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    (void)size, (void)unused;
    for (int at = 0; at < program->dlpi_phnum; at++) {
        const ElfW(Phdr) *part = &program->dlpi_phdr[at];
        if (part->p_type != PT_LOAD || (part->p_flags & (PF_X | PF_W)) != PF_X)
            continue;
        uintptr_t begin = (program->dlpi_addr + part->p_vaddr + page - 1) & ~(page - 1);
        uintptr_t end = (program->dlpi_addr + part->p_vaddr + part->p_filesz) & ~(page - 1);
        if (begin < end)
            madvise((void *)begin, end - begin, MADV_DONTNEED);
    }
    return 1;
}

static void *give_back(void *rest)
{
    int signal;
    while (sigwait(rest, &signal) == 0) {
        malloc_trim(0);
        if (signal == SIGUSR2)
            dl_iterate_phdr(let_go_of_code, 0);
    }
    return 0;
}

/* Blocked here, it is blocked in every thread that comes later; who never waits for it is never ended by it. */
static void wait_for_rest(void)
{
    static sigset_t rest;
    pthread_attr_t small;
    pthread_t thread;
    sigemptyset(&rest);
    sigaddset(&rest, SIGUSR1);
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
