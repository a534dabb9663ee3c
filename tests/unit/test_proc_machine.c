/* SPDX-License-Identifier: MIT */
/* The texts about the machine that the list of processes needs: pressure, uptime; and names of groups. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proc/system.h"
#include "support_fixture.h"

static void pressure_parse__reads__both_lines(void **state)
{
	struct fixture f = fixture_load("proc/pressure-6.18.txt");
	struct pressure p;

	(void)state;
	assert_int_equal(pressure_parse(f.text, f.len, &p), 0);
	assert_true(fabs(p.some - 12.34) < 1e-9);
	assert_true(fabs(p.full - 3.21) < 1e-9);
	fixture_done(&f);
}

static void pressure_parse__believes__no_figure_cut_at_any_byte(void **state)
{
	struct fixture f = fixture_load("proc/pressure-6.18.txt");

	(void)state;
	for (size_t n = 0; n < f.len; n++) {
		struct fixture cut = fixture_cut(&f, n);
		struct pressure p = {-1, -1};
		int rc = pressure_parse(cut.text, cut.len, &p);
		if (rc == -EINVAL)
			assert_true(p.some < 0 && p.full < 0);
		else
			assert_true((isnan(p.some) || fabs(p.some - 12.34) < 1e-9) &&
			            (isnan(p.full) || fabs(p.full - 3.21) < 1e-9));
		fixture_done(&cut);
	}
	fixture_done(&f);
}

static void pressure_parse__refuses__what_is_none(void **state)
{
	static const char *const texts[] = {"",
	                                    "\n",
	                                    "some\n",
	                                    "some avg10=x avg60=1\n",
	                                    "some avg10=-1.0 avg60=1\n",
	                                    "avg10=1.0 avg60=1\n"};
	struct pressure p = {7, 7};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(pressure_parse(texts[i], strlen(texts[i]), &p), -EINVAL);
	assert_true(p.some > 6);
	/* One line is enough; the other stays unknown. */
	static const char full[] = "full avg10=1.00 avg60=0.00\n";
	assert_int_equal(pressure_parse(full, strlen(full), &p), 0);
	assert_true(isnan(p.some) && fabs(p.full - 1) < 1e-9);
}

static void uptime_parse__reads__the_first_word(void **state)
{
	struct fixture f = fixture_load("proc/uptime.txt");
	uint64_t ns = 0;

	(void)state;
	assert_int_equal(uptime_parse(f.text, f.len, &ns), 0);
	assert_int_equal(ns / 1000000, 20442610);
	for (size_t n = 0; n < strlen("20442.61 "); n++) {
		struct fixture cut = fixture_cut(&f, n);
		assert_int_equal(uptime_parse(cut.text, cut.len, &ns), -EINVAL);
		fixture_done(&cut);
	}
	fixture_done(&f);
}

static void cgroup_label__finds__what_people_call_it(void **state)
{
	static const struct {
		const char *path, *label;
	} cases[] = {
	        {"/", ""},
	        {"", ""},
	        {"/init.scope", "init.scope"},
	        {"/system.slice/nginx.service", "nginx.service"},
	        {"/system.slice/nginx.service/worker", "nginx.service"},
	        {"/user.slice/user-1000.slice/session-3.scope", "session-3.scope"},
	        {"/user.slice", "user.slice"},
	        {"/system.slice/"
	         "docker-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	         ".scope",
	         "docker:0123456789ab"},
	        {"/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	         "docker:0123456789ab"},
	        {"/machine.slice/"
	         "libpod-0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab"
	         "cdef.scope/container",
	         "libpod:0123456789ab"},
	        {"/kubepods/burstable/pod1/fedcba9876543210fedcba9876543210fedcba9876543210fedcba98"
	         "76543210",
	         "container:fedcba987654"},
	        {"/kubepods.slice/cri-containerd-fedcba9876543210fedcba9876543210fedcba9876543210fe"
	         "dcba9876543210.scope",
	         "cri-containerd:fedcba987654"},
	        {"/lxc.payload.web/system.slice", "lxc:web"},
	        {"/lxc/web", "lxc:web"},
	        {"/a/b/c", "c"},
	        {"/a/b/c///", "c"},
	        {"/.service", ".service"},
	        {"/deadbeef", "deadbeef"},
	};
	char label[40];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f = fixture_of(cases[i].path);
		cgroup_label(f.text, f.len, label, sizeof(label));
		assert_string_equal(label, cases[i].label);
		fixture_done(&f);
	}
}

/* Whatever is cut, and however little room there is, the label ends where it must. */
static void cgroup_label__fits__any_room(void **state)
{
	static const char path[] = "/system.slice/docker-0123456789abcdef0123456789abcdef0123456789"
	                           "abcdef0123456789abcdef.scope";
	char label[48];

	(void)state;
	for (size_t n = 0; n < sizeof(path); n++) {
		for (size_t size = 1; size <= 40; size++) {
			memset(label, 'x', sizeof(label));
			struct fixture f = fixture_of(path);
			struct fixture cut = fixture_cut(&f, n < f.len ? n : f.len);
			cgroup_label(cut.text, cut.len, label, size);
			assert_true(memchr(label, '\0', size) != NULL);
			for (size_t i = size; i < sizeof(label); i++)
				assert_int_equal(label[i], 'x');
			fixture_done(&cut);
			fixture_done(&f);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(pressure_parse__reads__both_lines),
	        cmocka_unit_test(pressure_parse__believes__no_figure_cut_at_any_byte),
	        cmocka_unit_test(pressure_parse__refuses__what_is_none),
	        cmocka_unit_test(uptime_parse__reads__the_first_word),
	        cmocka_unit_test(cgroup_label__finds__what_people_call_it),
	        cmocka_unit_test(cgroup_label__fits__any_room),
	};
	return cmocka_run_group_tests_name("proc_machine", tests, NULL, NULL);
}
