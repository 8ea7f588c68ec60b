/*
 * The system calls that Node does not offer and BGP needs: a socket made by hand, so that TCP MD5 (RFC 2385),
 * GTSM (RFC 5082), the TOS octet and the device are in force before the first SYN leaves.
 *
 * Thin on purpose: each function is one system call, takes numbers and byte buffers, and returns the call's result,
 * >= 0, or -errno. What a sockaddr or an option looks like is known in TypeScript (bgp/tcp), not here.
 */
#define NAPI_VERSION 8
#include <errno.h>
#include <node_api.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_ARGUMENTS 4

/* Reads `count` arguments; throws a TypeError and returns 0 when there are fewer. */
static int arguments(napi_env env, napi_callback_info info, size_t count, napi_value *out) {
  size_t given = count;
  if (napi_get_cb_info(env, info, &given, out, NULL, NULL) == napi_ok && given >= count) return 1;
  napi_throw_type_error(env, NULL, "too few arguments");
  return 0;
}

static int integer(napi_env env, napi_value value, int32_t *out) {
  if (napi_get_value_int32(env, value, out) == napi_ok) return 1;
  napi_throw_type_error(env, NULL, "a number was expected");
  return 0;
}

static int octets(napi_env env, napi_value value, void **data, size_t *length) {
  napi_typedarray_type type;
  if (napi_get_typedarray_info(env, value, &type, length, data, NULL, NULL) == napi_ok && type == napi_uint8_array) return 1;
  napi_throw_type_error(env, NULL, "a Uint8Array was expected");
  return 0;
}

static napi_value result(napi_env env, long value) {
  napi_value out;
  napi_create_int64(env, value < 0 ? -errno : value, &out);
  return out;
}

/* socket(domain, type, protocol) -> fd; always close-on-exec and non-blocking, as libuv wants it. */
static napi_value call_socket(napi_env env, napi_callback_info info) {
  napi_value args[MAX_ARGUMENTS];
  int32_t domain, type, protocol;
  if (!arguments(env, info, 3, args) || !integer(env, args[0], &domain) || !integer(env, args[1], &type) ||
      !integer(env, args[2], &protocol))
    return NULL;
  return result(env, socket(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
}

/* setsockopt(fd, level, option, value) -> 0 */
static napi_value call_setsockopt(napi_env env, napi_callback_info info) {
  napi_value args[MAX_ARGUMENTS];
  int32_t fd, level, option;
  void *data;
  size_t length;
  if (!arguments(env, info, 4, args) || !integer(env, args[0], &fd) || !integer(env, args[1], &level) ||
      !integer(env, args[2], &option) || !octets(env, args[3], &data, &length))
    return NULL;
  return result(env, setsockopt(fd, level, option, data, (socklen_t)length));
}

/* bind(fd, sockaddr) -> 0 */
static napi_value call_bind(napi_env env, napi_callback_info info) {
  napi_value args[MAX_ARGUMENTS];
  int32_t fd;
  void *data;
  size_t length;
  if (!arguments(env, info, 2, args) || !integer(env, args[0], &fd) || !octets(env, args[1], &data, &length)) return NULL;
  return result(env, bind(fd, data, (socklen_t)length));
}

/* close(fd) -> 0; only for a descriptor that no Node object owns yet. */
static napi_value call_close(napi_env env, napi_callback_info info) {
  napi_value args[MAX_ARGUMENTS];
  int32_t fd;
  if (!arguments(env, info, 1, args) || !integer(env, args[0], &fd)) return NULL;
  return result(env, close(fd));
}

NAPI_MODULE_INIT() {
  const napi_property_descriptor functions[] = {
      {"socket", NULL, call_socket, NULL, NULL, NULL, napi_enumerable, NULL},
      {"setsockopt", NULL, call_setsockopt, NULL, NULL, NULL, napi_enumerable, NULL},
      {"bind", NULL, call_bind, NULL, NULL, NULL, napi_enumerable, NULL},
      {"close", NULL, call_close, NULL, NULL, NULL, napi_enumerable, NULL},
  };
  napi_define_properties(env, exports, sizeof functions / sizeof *functions, functions);
  return exports;
}
