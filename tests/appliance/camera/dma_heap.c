/* Stands in for the kernel's DMA heap where there is none: buffers are plain shared memory.
 *
 * libcamera's virtual camera allocates through /dev/dma_heap/system and tells the kernel when the processor touches a
 * buffer. Preloaded, this answers both. Only for tests:
 *
 *   cc -shared -fPIC -o dma_heap.so dma_heap.c
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

static const char HEAPS[] = "/dev/dma_heap/";

static int open_as(const char *symbol, const char *path, int flags, mode_t mode)
{
	int (*next)(const char *, int, ...) = dlsym(RTLD_NEXT, symbol);
	int is_heap = path != NULL && strncmp(path, HEAPS, sizeof(HEAPS) - 1) == 0;

	return next(is_heap ? "/dev/null" : path, flags, mode);
}

static mode_t mode_of(int flags, va_list rest)
{
	return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
	va_list rest;
	va_start(rest, flags);
	mode_t mode = mode_of(flags, rest);
	va_end(rest);
	return open_as("open", path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	va_list rest;
	va_start(rest, flags);
	mode_t mode = mode_of(flags, rest);
	va_end(rest);
	return open_as("open64", path, flags, mode);
}

static int allocate(struct dma_heap_allocation_data *wanted)
{
	int fd = memfd_create("dma-heap", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, (off_t)wanted->len) < 0)
		return -1;
	wanted->fd = (__u32)fd;
	return 0;
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list rest;
	va_start(rest, request);
	void *argument = va_arg(rest, void *);
	va_end(rest);

	switch ((unsigned int)request) {
	case DMA_HEAP_IOCTL_ALLOC:
		return allocate(argument);
	case DMA_BUF_IOCTL_SYNC:
	case (unsigned int)DMA_BUF_SET_NAME_A:
	case (unsigned int)DMA_BUF_SET_NAME_B:
		return 0;
	}
	int (*next)(int, unsigned long, ...) = dlsym(RTLD_NEXT, "ioctl");
	return next(fd, request, argument);
}
