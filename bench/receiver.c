/*
 * The measuring end of the benchmark: a passive BGP receiver that does as little as possible and says when.
 *
 *   receiver ADDRESS PORT
 *
 * It accepts one session at a time, answers the OPEN (AS 65000, hold time 240, IPv4 unicast, 4-octet AS), counts
 * UPDATEs and IPv4 prefixes, and prints one JSON line per event with CLOCK_MONOTONIC nanoseconds:
 *   open         our OPEN is about to be written: the last step of the OPEN exchange. "cpu" is what the watched
 *                process and all its threads have used so far, ns
 *   reached      the count asked for is there ("expect A W": A prefixes announced and W withdrawn since "reset")
 *   update       every UPDATE with prefixes, after "each on"
 *   ready        a command has been obeyed
 *   closed       the session is gone
 * Commands on standard input, one per line: "expect A W", "reset", "each on", "each off", "watch PID".
 * It is C so that the instrument costs next to nothing beside what it measures.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define HEADER 19
#define MAX_MESSAGE 65535
#define BUFFER (4 << 20)
#define KEEPALIVE_EVERY_MS 10000

static struct {
  long announced, withdrawn, messages, octets, want_announced, want_withdrawn;
  int waiting, each;
} count;

static uint8_t buffer[BUFFER];
static size_t held;
static int session = -1, greeted, watched;
static long cpu_at_open;

static long now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000L + t.tv_nsec;
}

/* Scheduler time of all threads of the watched process so far. */
static long watched_cpu_ns(void) {
  char path[64], line[128];
  long sum = 0;
  snprintf(path, sizeof path, "/proc/%d/task", watched);
  DIR *tasks = watched ? opendir(path) : NULL;
  for (struct dirent *task; tasks && (task = readdir(tasks));) {
    snprintf(path, sizeof path, "/proc/%d/task/%.16s/schedstat", watched, task->d_name);
    FILE *file = task->d_name[0] == '.' ? NULL : fopen(path, "r");
    if (file && fgets(line, sizeof line, file)) sum += atol(line);
    if (file) fclose(file);
  }
  if (tasks) closedir(tasks);
  return sum;
}

static void say(const char *event, long at) {
  printf("{\"event\":\"%s\",\"at\":%ld,\"announced\":%ld,\"withdrawn\":%ld,\"messages\":%ld,\"octets\":%ld,\"cpu\":%ld}\n",
         event, at, count.announced, count.withdrawn, count.messages, count.octets, cpu_at_open);
  fflush(stdout);
}

static long prefixes(const uint8_t *at, size_t length) {
  long n = 0;
  for (size_t i = 0; i < length; n++) i += 1 + (at[i] + 7) / 8;
  return n;
}

static void send_message(int type, const uint8_t *body, size_t length) {
  uint8_t out[HEADER + 64];
  memset(out, 0xff, 16);
  out[16] = (HEADER + length) >> 8;
  out[17] = (HEADER + length) & 0xff;
  out[18] = type;
  if (length) memcpy(out + HEADER, body, length);
  if (write(session, out, HEADER + length) < 0) perror("write");
}

static void answer_open(void) {
  static const uint8_t open[] = {4,    0xfd, 0xe8, 0,    240, 10, 99, 0, 1, 14, 2, 12, 1, 4, 0,
                                 1,    0,    1,    65,   4,   0,  0,  0xfd, 0xe8};
  cpu_at_open = watched_cpu_ns(); /* the speaker waits for us meanwhile */
  long at = now_ns();
  send_message(1, open, sizeof open);
  send_message(4, NULL, 0);
  greeted = 1;
  say("open", at);
}

static void take_update(const uint8_t *message, size_t length) {
  const uint8_t *body = message + HEADER;
  size_t withdrawn = body[0] << 8 | body[1];
  size_t attributes = body[2 + withdrawn] << 8 | body[3 + withdrawn];
  size_t nlri = length - HEADER - 4 - withdrawn - attributes;
  if (withdrawn + nlri == 0) return; /* End-of-RIB */
  count.withdrawn += prefixes(body + 2, withdrawn);
  count.announced += prefixes(body + 4 + withdrawn + attributes, nlri);
  count.messages++;
  count.octets += length;
}

/* Every whole message in the buffer; returns 0 when the stream makes no sense. */
static int take_messages(long at) {
  size_t from = 0;
  while (held - from >= HEADER) {
    size_t length = buffer[from + 16] << 8 | buffer[from + 17];
    if (length < HEADER) return 0;
    if (held - from < length) break;
    int type = buffer[from + 18];
    long before = count.messages;
    if (type == 1) answer_open();
    if (type == 2) take_update(buffer + from, length);
    if (type == 3) fprintf(stderr, "notification %d/%d\n", buffer[from + 19], buffer[from + 20]);
    if (count.each && count.messages > before) say("update", at);
    from += length;
  }
  memmove(buffer, buffer + from, held - from);
  held -= from;
  return 1;
}

static void reached(long at) {
  if (!count.waiting || count.announced < count.want_announced || count.withdrawn < count.want_withdrawn) return;
  count.waiting = 0;
  say("reached", at);
}

static void hang_up(void) {
  close(session);
  session = -1;
  greeted = 0;
  held = 0;
  say("closed", now_ns());
}

static void obey(char *line) {
  if (sscanf(line, "expect %ld %ld", &count.want_announced, &count.want_withdrawn) == 2) count.waiting = 1;
  else if (!strncmp(line, "reset", 5)) count.announced = count.withdrawn = count.messages = count.octets = 0;
  else if (!strncmp(line, "each on", 7)) count.each = 1;
  else if (!strncmp(line, "each off", 8)) count.each = 0;
  else sscanf(line, "watch %d", &watched);
  say("ready", now_ns());
  reached(now_ns());
}

/* Speakers that keep Nagle's algorithm on must not wait for this end's delayed acknowledgements. */
static void acknowledge_at_once(void) {
  int on = 1;
  setsockopt(session, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

static void read_session(void) {
  ssize_t got = read(session, buffer + held, BUFFER - held);
  long at = now_ns();
  if (got <= 0) {
    hang_up();
    return;
  }
  held += got;
  acknowledge_at_once();
  if (take_messages(at)) reached(at);
  else hang_up();
}

static void keep_alive(void) {
  static long last;
  if (session < 0 || now_ns() - last < KEEPALIVE_EVERY_MS * 1000000L) return;
  last = now_ns();
  if (greeted) send_message(4, NULL, 0);
}

static int listening(const char *address, int port) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
  int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  inet_pton(AF_INET, address, &at.sin_addr);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 1) < 0) {
    perror("listen");
    exit(1);
  }
  return fd;
}

static void accept_session(int listener) {
  int fd = accept(listener, NULL, NULL), on = 1;
  if (session >= 0) {
    close(fd); /* one at a time */
    return;
  }
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  session = fd;
  acknowledge_at_once();
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: receiver ADDRESS PORT\n");
    return 2;
  }
  int listener = listening(argv[1], atoi(argv[2]));
  static char line[256];
  setvbuf(stdin, NULL, _IONBF, 0); /* what poll does not see must not wait in a buffer */
  say("listening", now_ns());
  for (;;) {
    struct pollfd fds[] = {{0, POLLIN, 0}, {listener, POLLIN, 0}, {session, POLLIN, 0}};
    poll(fds, session >= 0 ? 3 : 2, KEEPALIVE_EVERY_MS);
    keep_alive();
    if (session >= 0 && fds[2].fd == session && fds[2].revents) read_session();
    if (fds[1].revents) accept_session(listener);
    if (fds[0].revents) {
      if (!fgets(line, sizeof line, stdin)) return 0;
      obey(line);
    }
  }
}
