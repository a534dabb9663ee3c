/* SPDX-License-Identifier: MIT */
#include "app/mailbox.h"

/*
 * Two slots and a short ring behind one mutex, with an eventfd for each side.
 */

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/await.h"

enum { ORDERS = 64 };

struct mailbox {
	pthread_mutex_t lock;
	struct moment *live, *past;
	struct order orders[ORDERS];
	unsigned first, count;
	int screen_fd, clock_fd;
};

struct mailbox *mailbox_new(void)
{
	struct mailbox *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	pthread_mutex_init(&m->lock, NULL);
	m->screen_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	m->clock_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (m->screen_fd < 0 || m->clock_fd < 0) {
		mailbox_free(m);
		return NULL;
	}
	return m;
}

void mailbox_free(struct mailbox *m)
{
	if (!m)
		return;
	moment_unref(m->live);
	moment_unref(m->past);
	if (m->screen_fd >= 0)
		close(m->screen_fd);
	if (m->clock_fd >= 0)
		close(m->clock_fd);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

static void quiet(int fd)
{
	uint64_t n;

	if (read(fd, &n, sizeof(n)) < 0)
		return;
}

int mailbox_screen_fd(const struct mailbox *m)
{
	return m->screen_fd;
}

int mailbox_clock_fd(const struct mailbox *m)
{
	return m->clock_fd;
}

static struct moment *take(struct mailbox *m, struct moment **slot)
{
	struct moment *moment;

	pthread_mutex_lock(&m->lock);
	moment = *slot;
	*slot = NULL;
	if (!m->live && !m->past)
		quiet(m->screen_fd);
	pthread_mutex_unlock(&m->lock);
	return moment;
}

struct moment *mailbox_take_live(struct mailbox *m)
{
	return take(m, &m->live);
}

struct moment *mailbox_take_past(struct mailbox *m)
{
	return take(m, &m->past);
}

static void publish(struct mailbox *m, struct moment **slot, struct moment *moment)
{
	struct moment *unread;

	if (!moment)
		return;
	pthread_mutex_lock(&m->lock);
	unread = *slot;
	*slot = moment;
	pthread_mutex_unlock(&m->lock);
	moment_unref(unread);
	await_ring(m->screen_fd);
}

void mailbox_publish_live(struct mailbox *m, struct moment *moment)
{
	publish(m, &m->live, moment);
}

void mailbox_publish_past(struct mailbox *m, struct moment *moment)
{
	publish(m, &m->past, moment);
}

bool mailbox_order(struct mailbox *m, const struct order *o)
{
	bool room;

	pthread_mutex_lock(&m->lock);
	/* The last place is kept for the order to stop. */
	room = m->count < ORDERS - (o->kind == ORDER_STOP ? 0u : 1u);
	if (room)
		m->orders[(m->first + m->count++) % ORDERS] = *o;
	pthread_mutex_unlock(&m->lock);
	if (room)
		await_ring(m->clock_fd);
	return room;
}

bool mailbox_next_order(struct mailbox *m, struct order *ret)
{
	bool any;

	pthread_mutex_lock(&m->lock);
	any = m->count > 0;
	if (any) {
		*ret = m->orders[m->first];
		m->first = (m->first + 1) % ORDERS;
		m->count--;
	} else {
		quiet(m->clock_fd);
	}
	pthread_mutex_unlock(&m->lock);
	return any;
}
