/* Copyright (c) 2026 The ovs-vm-aware authors.
 *
 * SPDX-License-Identifier: Apache-2.0 */

#ifndef VM_PLACES_H
#define VM_PLACES_H 1

/* The places of slots that are gone: the member, the home and the pin that a
 * slot had when its last interface was removed or lost its device.
 *
 * A VM that is plugged in again gets its place and its pin back: a new slot
 * with the same endpoint and preference, or, if the VM has only one place
 * here, with any preference.
 *
 * A bond keeps the places of at most VM_MAX_PLACES slots whose VM has no
 * interface any more, the latest ones.  A VM whose interfaces have no device
 * keeps its places in any case.
 *
 * The module does not choose members.
 *
 * Ownership: the places belong to the inventory.
 *
 * Thread-safety: only the engine that owns the inventory may call these
 * functions. */

#include <stdbool.h>
#include <stddef.h>

struct shash;
struct svec;
struct vm_places;
struct vm_slot;

/* Places of VMs that have no interface. */
#define VM_MAX_PLACES 4096

struct vm_places *vm_places_create(void);
struct vm_places *vm_places_clone(const struct vm_places *);
void vm_places_destroy(struct vm_places *);

/* Keeps the place of 'slot', which is about to be destroyed. */
void vm_places_keep(struct vm_places *, const struct vm_slot *slot);

/* Gives 'slot', which is new, its former place.  Returns false if there is
 * none.  If its preference does not allow its former pin, adds a sentence to
 * 'notes' that says so. */
bool vm_places_return(struct vm_places *, struct vm_slot *slot,
                      struct svec *notes);

/* Forgets the oldest places of VMs that are not among 'endpoints', a map by
 * identity, if there are too many, and adds a sentence to 'notes' for each pin
 * among them. */
void vm_places_trim(struct vm_places *, const struct shash *endpoints,
                    struct svec *notes);

/* Adds a sentence to 'notes' if 'slot' was pinned to 'pin', which may be null,
 * and is not any more because of its preference. */
void vm_places_note_pin(const struct vm_slot *slot, const char *pin,
                        struct svec *notes);

/* Removes the pins of the VM with identity 'id'.  Returns false if there are
 * none. */
bool vm_places_unpin(struct vm_places *, const char *id);

/* Adds a sentence to 'notes' for each pin, which ends with the bond. */
void vm_places_note_pins(const struct vm_places *, struct svec *notes);

/* Number of places, for tests. */
size_t vm_places_count(const struct vm_places *);

#endif /* vm-places.h */
