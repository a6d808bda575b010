/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_QUESTION_H
#define VM_QUESTION_H 1

/* Questions about the future: what an operator asks, and how to make it happen
 * on a copy of the engine.
 *
 * Keys and values that the switch would ignore are an error, since the answer
 * would be about another event than the operator has in mind.
 *
 * The module predicts nothing.
 *
 * A question owns its strings until vm_question_destroy().
 *
 * Thread-safety: none; the caller is the thread that owns the engines. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "smap.h"

struct vm_engine;
struct vm_problems;

/* One event of which a question asks. */
struct vm_case {
    char *what;                 /* Such as "lose eth1". */
    char *member;               /* That is lost or gained; null: a VM is
                                 * added. */
    bool gained;
    uint64_t speed;             /* Of the member that is gained, bit/s; 0 for
                                 * the one that it has. */
    struct smap external_ids;   /* Of the VM that is added... */
    uint64_t demand;            /* ...and what it sends, bit/s, VM_RATE_NONE
                                 * for what is assumed of a new one. */
};

struct vm_question {
    struct vm_case **cases;
    size_t n;
    bool each;                  /* One for each usable member: "lose=each". */
};

/* Parses 'text', which is about 'engine':
 *
 *     lose=MEMBER               the member is lost
 *     lose=each                 one case for each usable member
 *     gain=MEMBER[:SPEED]       a lost member returns, or one is added
 *     add=KEY=VALUE,...         a VM is added, with these external_ids and,
 *                               as demand=RATE, the rate that it sends
 *
 * Returns null, or a malloc()'d sentence that names the choices.  The caller
 * destroys the question in either case. */
char *vm_question_parse(struct vm_question *, const char *text,
                        const struct vm_engine *engine);
void vm_question_destroy(struct vm_question *);

/* Has 'then', a copy of 'engine', get the event.  Appends warnings about the
 * VM that is added. */
void vm_case_happen(const struct vm_case *, const struct vm_engine *engine,
                    struct vm_engine *then, long long int now,
                    struct vm_problems *warnings);

#endif /* vm-question.h */
