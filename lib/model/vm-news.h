/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_NEWS_H
#define VM_NEWS_H 1

/* The interfaces about which something new is to be told, as in
 * Interface:status, since that was asked last.  An interface that is gone, or
 * has no member any more, is among them, too.
 *
 * Ownership: the inventory owns its news.
 *
 * Thread-safety: none; the caller is the thread that owns the engine. */

#include <stdbool.h>

#include "sset.h"

struct vm_news {
    unsigned int seqno;         /* Changes whenever there are news. */
    bool all;                   /* About all interfaces. */
    struct sset interfaces;     /* If not 'all': their names. */
    unsigned int n_requests;    /* As passed to vm_news_note_requests(). */
};

void vm_news_init(struct vm_news *);
void vm_news_destroy(struct vm_news *);

void vm_news_note(struct vm_news *, const char *interface);

/* Notes all interfaces if 'n', a number of changes, is another one than in the
 * last call. */
void vm_news_note_requests(struct vm_news *, unsigned int n);

/* Adds the names of the interfaces to 'interfaces', or returns true if there
 * are news about all.  Then there are none. */
bool vm_news_take(struct vm_news *, struct sset *interfaces);

#endif /* vm-news.h */
