/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#include <config.h>

#include "agent-types.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

static const char *const requests[] = {
    [AGENT_NONE] = "none",
    [AGENT_SUSPEND] = "suspend",
    [AGENT_RESUME] = "resume",
    [AGENT_MIGRATE] = "migrate",
};
BUILD_ASSERT_DECL(ARRAY_SIZE(requests) == AGENT_N_REQUESTS);

static const char *const outcomes[] = {
    [AGENT_UNANSWERED] = "none",
    [AGENT_DOING] = "doing",
    [AGENT_DONE] = "done",
    [AGENT_FAILED] = "failed",
    [AGENT_REFUSED] = "refused",
};
BUILD_ASSERT_DECL(ARRAY_SIZE(outcomes) == AGENT_N_OUTCOMES);

static const char *const domain_states[] = {
    [AGENT_ABSENT] = "absent",
    [AGENT_OFF] = "off",
    [AGENT_RUNNING] = "running",
    [AGENT_PAUSED] = "paused",
    [AGENT_HELD] = "held",
    [AGENT_BUSY] = "busy",
    [AGENT_STALLED] = "stalled",
};
BUILD_ASSERT_DECL(ARRAY_SIZE(domain_states) == AGENT_N_DOMAIN_STATES);

static const char *const calls[] = {
    [AGENT_CALL_LOOK] = "look",
    [AGENT_CALL_MARK] = "mark",
    [AGENT_CALL_UNMARK] = "unmark",
    [AGENT_CALL_SUSPEND] = "suspend",
    [AGENT_CALL_RESUME] = "resume",
    [AGENT_CALL_CHOOSE] = "choose",
    [AGENT_CALL_MIGRATE] = "migrate",
    [AGENT_CALL_ABORT] = "abort",
    [AGENT_CALL_PROBE] = "probe",
    [AGENT_CALL_SURVEY] = "survey",
};
BUILD_ASSERT_DECL(ARRAY_SIZE(calls) == AGENT_N_CALLS);

/* Returns the index of 'word' in the 'n' 'words', or -1. */
static int
find_word(const char *const *words, size_t n, const char *word)
{
    for (size_t i = 0; word && i < n; i++) {
        if (!strcmp(words[i], word)) {
            return i;
        }
    }
    return -1;
}

const char *
agent_request_to_string(enum agent_request request)
{
    return requests[request];
}

/* Returns false if 's' is no request; an absent one is AGENT_NONE. */
bool
agent_request_from_string(const char *s, enum agent_request *request)
{
    int i = s ? find_word(requests, ARRAY_SIZE(requests), s) : AGENT_NONE;

    *request = MAX(i, 0);
    return i >= 0;
}

const char *
agent_outcome_to_string(enum agent_outcome outcome)
{
    return outcomes[outcome];
}

enum agent_outcome
agent_outcome_from_string(const char *s)
{
    return MAX(find_word(outcomes, ARRAY_SIZE(outcomes), s), 0);
}

const char *
agent_domain_state_to_string(enum agent_domain_state state)
{
    return domain_states[state];
}

const char *
agent_call_to_string(enum agent_call call)
{
    return calls[call];
}

/* An id is a word: it goes into the log. */
bool
agent_id_is_valid(const char *id)
{
    size_t n;

    for (n = 0; id[n]; n++) {
        if (id[n] <= ' ' || id[n] > '~') {
            return false;
        }
    }
    return n && n <= 128;
}

void
agent_order_clone(struct agent_order *to, const struct agent_order *from)
{
    to->request = from->request;
    to->absent = from->absent;
    to->id = nullable_xstrdup(from->id);
    to->reason = nullable_xstrdup(from->reason);
}

void
agent_order_destroy(struct agent_order *order)
{
    free(order->id);
    free(order->reason);
    memset(order, 0, sizeof *order);
}

void
agent_answer_clone(struct agent_answer *to, const struct agent_answer *from)
{
    to->outcome = from->outcome;
    to->id = nullable_xstrdup(from->id);
    to->note = nullable_xstrdup(from->note);
    to->suspended = nullable_xstrdup(from->suspended);
    to->partial = from->partial;
}

void
agent_answer_destroy(struct agent_answer *answer)
{
    free(answer->id);
    free(answer->note);
    free(answer->suspended);
    memset(answer, 0, sizeof *answer);
}

void
agent_domain_clone(struct agent_domain *to, const struct agent_domain *from)
{
    to->state = from->state;
    to->name = nullable_xstrdup(from->name);
    to->detail = nullable_xstrdup(from->detail);
    agent_mark_clone(&to->mark, &from->mark);
}

void
agent_domain_destroy(struct agent_domain *domain)
{
    free(domain->name);
    free(domain->detail);
    agent_mark_destroy(&domain->mark);
    memset(domain, 0, sizeof *domain);
}
