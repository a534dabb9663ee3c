/* SPDX-License-Identifier: MIT */
/* The process that reads: what it may do, what becomes of a call when it dies, lies or hangs, and who may be read. */
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "support_symbols_target.h"
#include "symbols/channel.h"
#include "symbols/talk.h"
#include "symbols/wire.h"

static struct symbols *open_self(void)
{
	struct symbols *s = NULL;

	assert_int_equal(symbols_open("/proc", getpid(), &s), 0);
	return s;
}

static struct symbols_health health_of(const struct symbols *s)
{
	struct symbols_health h;

	symbols_health(s, &h);
	return h;
}

struct name_seen {
	unsigned calls;
	char first[512];
};

static void first_take(void *arg, size_t address, const struct symbol_frame *frames, size_t count)
{
	struct name_seen *n = arg;

	assert_true(count > 0);
	if (address == 0)
		snprintf(n->first, sizeof(n->first), "%s", frames[0].function);
	n->calls++;
}

__attribute__((noinline)) static int landmark(int n)
{
	return n * 3 + getpid();
}

/* Whether our own function is found by its address. */
static bool finds_landmark(struct symbols *s)
{
	uint64_t address = (uint64_t)(uintptr_t)landmark;
	struct name_seen n = {0};
	int r = symbols_name(s, &address, 1, first_take, &n);

	assert_int_equal(n.calls, 1);
	return r == 0 && !strcmp(n.first, "landmark");
}

static void status_of(pid_t pid, const char *key, char *out, size_t size)
{
	char path[64], line[256];

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	out[0] = '\0';
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)) && line[strlen(key)] == ':') {
			line[strcspn(line, "\n")] = '\0';
			snprintf(out, size, "%s",
			         line + strlen(key) + 1 + strspn(line + strlen(key) + 1, "\t "));
		}
	fclose(f);
}

static void expect_status(pid_t pid, const char *key, const char *wanted)
{
	char got[256];

	status_of(pid, key, got, sizeof(got));
	assert_string_equal(got, wanted);
}

static void reader__has_no_rights(void **state)
{
	struct symbols *s = open_self();
	pid_t pid = s->worker.pid;

	(void)state;
	assert_true(finds_landmark(s)); /* it has begun */
	expect_status(pid, "CapPrm", "0000000000000000");
	expect_status(pid, "CapEff", "0000000000000000");
	expect_status(pid, "CapInh", "0000000000000000");
	expect_status(pid, "NoNewPrivs", "1");
	expect_status(pid, "Seccomp", "2");
	expect_status(pid, "Name", "symbol-reader");
	symbols_close(s);
}

/* Where the link leads that a descriptor of the reader is. */
static void link_of(pid_t pid, const char *fd, char *out, size_t size)
{
	char path[300];

	snprintf(path, sizeof(path), "/proc/%d/fd/%s", pid, fd);
	ssize_t n = readlink(path, out, size - 1);
	assert_true(n > 0);
	out[n] = '\0';
}

/* A descriptor that we hold is not among its own; each it has is the socket or a file that is mapped here. */
static void reader__holds_only_files_it_was_handed(void **state)
{
	struct symbols *s = open_self();
	char path[64], target[4200];
	unsigned sockets = 0, files = 0;
	int ours = open("/etc/passwd", O_RDONLY);

	(void)state;
	assert_true(ours >= 0);
	assert_true(finds_landmark(s));
	kill(s->worker.pid, SIGKILL); /* another one is forked with what is open now */
	assert_true(finds_landmark(s));
	snprintf(path, sizeof(path), "/proc/%d/fd", s->worker.pid);
	DIR *d = opendir(path);
	if (!d && errno == EACCES) {
		print_message("skipped: what it has open is not shown to us\n");
		skip();
	}
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));) {
		if (e->d_name[0] == '.')
			continue;
		link_of(s->worker.pid, e->d_name, target, sizeof(target));
		if (!strncmp(target, "socket:", 7))
			sockets++;
		else if (strstr(target, "test_symbols_reader"))
			files++;
		else
			fail_msg("it has %s", target);
	}
	closedir(d);
	assert_int_equal(sockets, 1);
	assert_int_equal(files, 1);
	close(ours);
	symbols_close(s);
}

static bool is_alive(pid_t pid)
{
	return kill(pid, 0) == 0;
}

static void reader__is_reaped_when_symbols_are_closed(void **state)
{
	struct symbols *s = open_self();
	pid_t pid = s->worker.pid;

	(void)state;
	assert_true(is_alive(pid));
	symbols_close(s);
	assert_false(is_alive(pid));
	assert_int_equal(waitpid(pid, NULL, WNOHANG), -1);
}

static void reader__is_replaced_when_it_is_killed(void **state)
{
	struct symbols *s = open_self();
	pid_t first = s->worker.pid;

	(void)state;
	assert_true(finds_landmark(s));
	assert_int_equal(kill(first, SIGKILL), 0);
	assert_true(finds_landmark(s));
	assert_int_not_equal(s->worker.pid, first);
	assert_int_equal(health_of(s).children_lost, 1);
	assert_int_equal(health_of(s).files_given_up, 0);
	assert_non_null(strstr(health_of(s).trouble, "signal 9"));
	symbols_close(s);
}

static void reader__is_given_up_when_it_dies_again_and_again(void **state)
{
	struct symbols *s = open_self();
	struct stack_taken t = {.registers = {[STACK_RIP] = 77}};
	struct stack_unwound u;
	bool found = true;

	(void)state;
	for (int i = 0; i < 100 && found; i++) {
		kill(s->worker.pid, SIGKILL);
		found = finds_landmark(s);
	}
	assert_false(found);
	assert_int_equal(symbols_unwind(s, &t, 1, &u), -ENODATA);
	assert_int_equal(u.count, 1);
	assert_int_equal(u.at[0], 77);
	assert_false(u.whole);
	assert_true(health_of(s).children_lost > 10);
	symbols_close(s);
}

/* A reader as a hostile file would have it: `act` stands in its place. */
static struct symbols *open_with(void (*act)(int socket, struct shared *shared))
{
	struct symbols *s = open_self();
	int pair[2];

	worker_end(&s->worker, NULL);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	s->worker.pid = fork();
	assert_true(s->worker.pid >= 0);
	if (s->worker.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(pair[0]);
		act(pair[1], s->worker.shared);
		_exit(0);
	}
	close(pair[1]);
	s->worker.socket = pair[0];
	s->told = true;
	return s;
}

/* Whatever that reader said, the next one answers. */
static void expect_replaced(void (*act)(int socket, struct shared *shared), const char *trouble)
{
	struct symbols *s = open_with(act);

	assert_true(finds_landmark(s));
	assert_int_equal(health_of(s).children_lost, 1);
	if (!strstr(health_of(s).trouble, trouble))
		fail_msg("no \"%s\" in \"%s\"", trouble, health_of(s).trouble);
	symbols_close(s);
}

static void answer_with(int socket, struct message m)
{
	struct message asked;
	int fd;

	if (channel_receive(socket, false, &asked, &fd) == 0)
		channel_send(socket, &m, -1);
	pause();
}

static void act_short(int socket, struct shared *shared)
{
	(void)shared;
	if (send(socket, "done", 4, 0) != 4)
		_exit(1);
	pause();
}

static void act_more_than_there_is(int socket, struct shared *shared)
{
	(void)shared;
	answer_with(socket,
	            (struct message){.kind = MESSAGE_DONE, .count = 1, .size = OUT_ROOM + 8u});
}

static void act_many_frames(int socket, struct shared *shared)
{
	uint64_t count = 1ull << 60;

	memcpy(shared->out, &count, sizeof(count));
	answer_with(socket, (struct message){.kind = MESSAGE_DONE, .count = 1, .size = 8});
}

static void act_long_name(int socket, struct shared *shared)
{
	uint64_t words[] = {1, 0, 0, UINT64_MAX - 7, 0};

	memcpy(shared->out, words, sizeof(words));
	answer_with(socket,
	            (struct message){.kind = MESSAGE_DONE, .count = 1, .size = sizeof(words)});
}

static void act_wrong_count(int socket, struct shared *shared)
{
	(void)shared;
	answer_with(socket, (struct message){.kind = MESSAGE_DONE, .count = 0});
}

static void act_path(int socket, struct shared *shared)
{
	(void)shared;
	answer_with(socket, (struct message){.kind = MESSAGE_ASK,
	                                     .module = 1,
	                                     .ask = ASK_DEBUG,
	                                     .link = "../../etc/shadow"});
}

static void act_ask_without_end(int socket, struct shared *shared)
{
	struct message m = {.kind = MESSAGE_ASK, .module = 1};
	int fd;

	(void)shared;
	while (channel_send(socket, &m, -1) == 0)
		if (channel_receive(socket, false, &(struct message){0}, &fd) == 0 && fd >= 0)
			close(fd);
}

static void reader__is_lost_when_it_does_not_keep_to_the_protocol(void **state)
{
	(void)state;
	expect_replaced(act_short, "protocol error");
	expect_replaced(act_more_than_there_is, "protocol error");
	expect_replaced(act_many_frames, "protocol error");
	expect_replaced(act_long_name, "protocol error");
	expect_replaced(act_wrong_count, "protocol error");
	expect_replaced(act_path, "protocol error");
	expect_replaced(act_ask_without_end, "protocol error");
}

static void act_hang(int socket, struct shared *shared)
{
	struct message asked;
	int fd;

	channel_receive(socket, false, &asked, &fd);
	atomic_store(&shared->module, 1);
	atomic_store(&shared->work, WORK_DEBUG);
	for (volatile unsigned long n = 0;; n++)
		;
}

/* The file it hung on keeps its symbols: only its debug information is left out. */
static void reader__is_replaced_when_it_takes_too_long(void **state)
{
	struct symbols *s = open_with(act_hang);

	(void)state;
	s->worker.patience = 300;
	assert_true(finds_landmark(s));
	assert_int_equal(health_of(s).children_lost, 1);
	assert_int_equal(health_of(s).files_given_up, 1);
	assert_non_null(strstr(health_of(s).trouble, "debug information of "));
	assert_non_null(strstr(health_of(s).trouble, "too long"));
	symbols_close(s);
}

/* What lies around the module 1 when it dies of it. */
static void act_die(int socket, struct shared *shared)
{
	struct message asked;
	int fd;

	channel_receive(socket, false, &asked, &fd);
	atomic_store(&shared->module, 1);
	atomic_store(&shared->work, WORK_OPEN);
	raise(SIGKILL);
}

static void reader__leaves_out_the_file_it_died_of(void **state)
{
	struct symbols *s = open_with(act_die);
	uint64_t address = (uint64_t)(uintptr_t)landmark;
	struct name_seen n = {0};

	(void)state;
	/* The program is the first in its own memory: module 1. */
	assert_int_equal(symbols_name(s, &address, 1, first_take, &n), 0);
	assert_int_equal(n.calls, 1);
	assert_string_equal(n.first, "");
	assert_int_equal(health_of(s).files_given_up, 1);
	assert_non_null(strstr(health_of(s).trouble, "file of test_symbols_reader left out"));
	symbols_close(s);
}

static void open__is_not_permitted_for_the_process_of_another_user(void **state)
{
	struct chain c = chain_start(chain_path("symbols-chain"), NULL);
	int status;
	pid_t pid;

	(void)state;
	if (geteuid() != 0) {
		chain_end(&c);
		print_message("skipped: only root becomes another user\n");
		skip();
	}
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct symbols *s = NULL;
		if (setgid(65534) != 0 || setuid(65534) != 0)
			_exit(99);
		_exit(-symbols_open("/proc", c.pid, &s));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EACCES);
	chain_end(&c);
}

static void open__tells_what_is_no_process_to_read(void **state)
{
	struct symbols *s = NULL;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(symbols_open("/proc", pid, &s), -ESRCH);
	assert_int_equal(symbols_open("/nowhere", getpid(), &s), -ENOENT);
	assert_null(s);
	symbols_close(NULL);
}

static void refresh__tells_that_the_process_ended(void **state)
{
	struct chain c = chain_start(chain_path("symbols-chain"), NULL);
	struct symbols *s = NULL;

	(void)state;
	assert_int_equal(symbols_open("/proc", c.pid, &s), 0);
	chain_end(&c);
	assert_int_equal(symbols_refresh(s), -ESRCH);
	symbols_close(s);
}

/* --- files that are not what they seem ----------------------------------------------------------- */

enum { VARIANTS = 120, HOSTILE_MAX = 1 << 20 };

struct hostile {
	_Alignas(8) uint8_t bytes[HOSTILE_MAX];
	char path[4300];
	size_t size;
	uint64_t random;
	void *code[VARIANTS];
	size_t code_size;
	off_t code_offset;
};

static uint64_t random_next(struct hostile *h)
{
	h->random ^= h->random << 13;
	h->random ^= h->random >> 7;
	h->random ^= h->random << 17;
	return h->random;
}

static void hostile_load(struct hostile *h)
{
	const char *path = chain_path("symbols-chain.so");
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, h->bytes, sizeof(h->bytes));

	assert_true(n > 0 && (size_t)n < sizeof(h->bytes));
	close(fd);
	h->size = (size_t)n;
	const Elf64_Ehdr *e = (const Elf64_Ehdr *)(const void *)h->bytes;
	const Elf64_Phdr *p = (const Elf64_Phdr *)(const void *)(h->bytes + e->e_phoff);
	for (int i = 0; i < e->e_phnum; i++)
		if (p[i].p_type == PT_LOAD && p[i].p_flags & PF_X) {
			h->code_offset = (off_t)(p[i].p_offset & ~4095ull);
			h->code_size = p[i].p_memsz;
		}
	assert_true(h->code_size > 0);
}

/* A copy with some bits turned, more of them the higher the number, mapped as its text would be. */
static void hostile_map(struct hostile *h, int variant)
{
	char path[4400];
	uint8_t *copy = malloc(h->size);

	assert_non_null(copy);
	memcpy(copy, h->bytes, h->size);
	for (int i = 0; i < 1 + variant / 2; i++) {
		/* Every second one where headers lie, at both ends of the file. */
		uint64_t at = random_next(h) % (i % 2 ? h->size : 512);
		if (variant % 3 == 0 && i % 2 == 0)
			at = h->size - 1 - at;
		copy[at] ^= (uint8_t)(1 << random_next(h) % 8);
	}
	/* A file of the ELF class at least, or nothing of it would be read. */
	memcpy(copy, h->bytes, 20);
	snprintf(path, sizeof(path), "%s.%d", h->path, variant);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0700);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, copy, h->size), h->size);
	h->code[variant] =
	        mmap(NULL, h->code_size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, h->code_offset);
	assert_true(h->code[variant] != MAP_FAILED);
	close(fd);
	free(copy);
}

/* Names and callers of addresses all over its code. */
static void hostile_ask(struct symbols *s, const struct hostile *h, int variant)
{
	enum { ADDRESSES = 24 };
	uint64_t stack[64] = {0}, addresses[ADDRESSES];
	struct stack_unwound u[ADDRESSES];
	struct stack_taken t[ADDRESSES] = {
	        {.bytes = (const uint8_t *)stack, .size = sizeof(stack)}};
	struct name_seen n = {0};

	for (size_t i = 0; i < ADDRESSES; i++) {
		addresses[i] =
		        (uint64_t)(uintptr_t)h->code[variant] + i * (h->code_size / ADDRESSES);
		t[i] = t[0];
		t[i].registers[STACK_RSP] = t[i].registers[STACK_RBP] = 0x1000;
		t[i].registers[STACK_RIP] = addresses[i];
	}
	symbols_unwind(s, t, ADDRESSES, u);
	for (size_t i = 0; i < ADDRESSES; i++)
		assert_true(u[i].count >= 1 && u[i].at[0] == addresses[i]);
	symbols_name(s, addresses, ADDRESSES, first_take, &n);
	assert_int_equal(n.calls, ADDRESSES);
}

static void reader__costs_a_hostile_file_its_symbols_and_nobody_else(void **state)
{
	static const char *const names[] = {"object_outer", "_ZN4demo5innerEi", "landmark"};
	struct hostile *h = calloc(1, sizeof(*h));
	struct symbol_place places[8];
	char path[4400];
	size_t found = 0;

	(void)state;
	assert_non_null(h);
	h->random = 88172645463325252ull;
	snprintf(h->path, sizeof(h->path), "%s.hostile.%d", chain_path("symbols-chain.so"),
	         (int)getpid());
	hostile_load(h);
	for (int i = 0; i < VARIANTS; i++)
		hostile_map(h, i);
	struct symbols *s = open_self();
	unsigned lost = 0;
	for (int i = 0; i < VARIANTS; i++) {
		s->worker.patience = 1000;
		hostile_ask(s, h, i);
		if (s->gone) {
			lost += health_of(s).children_lost;
			symbols_close(s);
			s = open_self();
		}
	}
	symbols_find(s, names, 3, places, 8, &found);
	assert_true(finds_landmark(s));
	print_message("%u readers died of %d files\n", lost + health_of(s).children_lost, VARIANTS);
	symbols_close(s);
	for (int i = 0; i < VARIANTS; i++) {
		munmap(h->code[i], h->code_size);
		snprintf(path, sizeof(path), "%s.%d", h->path, i);
		unlink(path);
	}
	free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(reader__has_no_rights),
	        cmocka_unit_test(reader__holds_only_files_it_was_handed),
	        cmocka_unit_test(reader__is_reaped_when_symbols_are_closed),
	        cmocka_unit_test(reader__is_replaced_when_it_is_killed),
	        cmocka_unit_test(reader__is_given_up_when_it_dies_again_and_again),
	        cmocka_unit_test(reader__is_lost_when_it_does_not_keep_to_the_protocol),
	        cmocka_unit_test(reader__is_replaced_when_it_takes_too_long),
	        cmocka_unit_test(reader__leaves_out_the_file_it_died_of),
	        cmocka_unit_test(open__is_not_permitted_for_the_process_of_another_user),
	        cmocka_unit_test(open__tells_what_is_no_process_to_read),
	        cmocka_unit_test(refresh__tells_that_the_process_ended),
	        cmocka_unit_test(reader__costs_a_hostile_file_its_symbols_and_nobody_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
