/*
 * A disk that keeps only what was synced, for a process started with LD_PRELOAD of this file. For each file below OPENCLAW_DISK_FOLDER
 * an image is kept of it as of its last fsync or fdatasync; a power cut is then: kill the process, put the images in place of the files.
 * Removing, renaming and linking count as durable at once, a file that was never synced has no image.
 *
 *   OPENCLAW_DISK_FOLDER     the folder that is watched, as an absolute path without links
 *   OPENCLAW_DISK_IMAGES     an existing folder for the images, each named by its path below the watched folder with '#' for '/';
 *                            without it none are kept
 *   OPENCLAW_DISK_COUNT      a file that grows by one byte a sync of a watched file, to tell that this is at work
 *   OPENCLAW_FSYNC_DELAY_MS  how long each sync takes more, in milliseconds; without a watched folder, each sync of any file
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
  const char *folder = getenv("OPENCLAW_DISK_FOLDER");
  size_t length = folder ? strlen(folder) : 0;
  if (length == 0 || strncmp(path, folder, length) != 0 || path[length] != '/') return NULL;
  return path + length + 1;
}

/* Where the image of a file lies; 0 where it has none. */
static int image_of(const char *path, char image[PATH_MAX]) {
  const char *images = getenv("OPENCLAW_DISK_IMAGES");
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
  const char *path = getenv("OPENCLAW_DISK_COUNT");
  int file = path ? open(path, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
  if (file < 0) return;
  if (write(file, ".", 1) != 1) abort();
  close(file);
}

/* The path behind a descriptor, below the watched folder; 0 where it is elsewhere. */
static int watched(int file, char path[PATH_MAX]) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return below(path) != NULL;
}

static int synced(int file, int result) {
  if (result != 0) return result;
  int before = errno;
  char path[PATH_MAX], image[PATH_MAX];
  int mine = watched(file, path);
  const char *delay = getenv("OPENCLAW_FSYNC_DELAY_MS");
  if (delay && (mine || !getenv("OPENCLAW_DISK_FOLDER"))) usleep(atoi(delay) * 1000);
  if (mine) {
    /* Opened anew: the descriptor may not be readable. */
    int readable = image_of(path, image) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (readable >= 0) {
      copy(readable, image);
      close(readable);
    }
    count();
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

int link(const char *from, const char *to) {
  char one[PATH_MAX], other[PATH_MAX];
  int result = REAL(link)(from, to);
  if (result == 0 && image_of(from, one) && image_of(to, other) && REAL(link)(one, other) != 0) REAL(unlink)(other);
  return result;
}
