/*
 * A disk that keeps only what was synced, for a process started with LD_PRELOAD of this file. Beside each file below FAULT_DISK_FOLDER
 * lies its image as of its last fsync or fdatasync; a power cut is then: kill the process, put the images in place of the files.
 * Removing and renaming count as durable at once, a file that was never synced has no image.
 *
 *   FAULT_DISK_FOLDER   the folder that is watched, as an absolute path without links; without it nothing is done
 *   FAULT_DISK_IMAGES   an existing folder for the images, each named by its path below FAULT_DISK_FOLDER with '#' for '/';
 *                       without it none are kept
 *   FAULT_DISK_COUNT    a file that grows by one byte a sync, to tell that this is at work
 *   FAULT_DISK_DELAY_MS how long each sync takes more, in milliseconds
 *
 * Build: cc -shared -fPIC -O2 -o power-cut.so power-cut.c -ldl
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* The path below the watched folder, or NULL. */
static const char *below(const char *path) {
  const char *folder = getenv("FAULT_DISK_FOLDER");
  size_t length = folder ? strlen(folder) : 0;
  if (length == 0 || strncmp(path, folder, length) != 0 || path[length] != '/') return NULL;
  return path + length + 1;
}

/* Where the image of a file lies; 0 where it has none. */
static int image_of(const char *path, char image[PATH_MAX]) {
  const char *images = getenv("FAULT_DISK_IMAGES");
  const char *name = below(path);
  if (!images || !name || snprintf(image, PATH_MAX, "%s/", images) >= PATH_MAX) return 0;
  size_t at = strlen(image);
  for (; *name && at < PATH_MAX - 1; name++) image[at++] = *name == '/' ? '#' : *name;
  image[at] = 0;
  return 1;
}

static void copy(int from, const char *image) {
  static __thread char buffer[1 << 18];
  char fresh[PATH_MAX + 8];
  snprintf(fresh, sizeof fresh, "%s.new", image);
  int to = open(fresh, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (to < 0) return;
  off_t at = 0;
  ssize_t got;
  while ((got = pread(from, buffer, sizeof buffer, at)) > 0) {
    if (write(to, buffer, got) != got) abort();
    at += got;
  }
  close(to);
  /* At once: a kill in the middle of the copy leaves the older image. */
  if (REAL(rename)(fresh, image) != 0) abort();
}

static void count(void) {
  const char *path = getenv("FAULT_DISK_COUNT");
  int file = path ? open(path, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
  if (file < 0) return;
  if (write(file, ".", 1) != 1) abort();
  close(file);
}

static int synced(int file, int result) {
  if (result != 0) return result;
  int before = errno;
  char link[64], path[PATH_MAX], image[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length > 0) {
    path[length] = 0;
    if (below(path)) {
      const char *delay = getenv("FAULT_DISK_DELAY_MS");
      if (delay) usleep(atoi(delay) * 1000);
      /* A descriptor that cannot be read is reopened. */
      if (image_of(path, image)) {
        int readable = open(path, O_RDONLY | O_CLOEXEC);
        if (readable >= 0) {
          copy(readable, image);
          close(readable);
        }
      }
      count();
    }
  }
  errno = before;
  return result;
}

int fsync(int file) { return synced(file, REAL(fsync)(file)); }
int fdatasync(int file) { return synced(file, REAL(fdatasync)(file)); }

int unlink(const char *path) {
  char image[PATH_MAX];
  int result = REAL(unlink)(path);
  if (result == 0 && image_of(path, image)) REAL(unlink)(image);
  return result;
}

int rename(const char *from, const char *to) {
  char before[PATH_MAX], after[PATH_MAX];
  int result = REAL(rename)(from, to);
  if (result != 0 || !image_of(to, after)) return result;
  if (!image_of(from, before) || REAL(rename)(before, after) != 0) REAL(unlink)(after);
  return result;
}
