/*
 * Programs whose language is known: what a machine learned from their traces is held against. A program is spelt as an
 * expression over events, which are words:
 *
 *   open read close      one after the other
 *   (ok | fail@.1)       one of them, @ the weight, 1 if none is given
 *   (read | write)*.7    repeated; .7 = probability of each further time, also of the first
 *   flush?.2             there with this probability
 *   (a b)&(c d)&e        all of them, their events mixed in any order
 *
 * Binds closest first: * and ?, then &, then sequence, then |. Immutable.
 */
#ifndef LW_TESTS_PROCESS_H
#define LW_TESTS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"

struct process;

/* Ends the program with a message if the text is no expression, or memory is out. */
struct process *process_new(const char *text);
void process_free(struct process *process);

size_t process_event_count(const struct process *process);
const char *process_event(const struct process *process, uint32_t event); /* its word */
/* The event of this word; UINT32_MAX if the program has none. */
uint32_t process_find(const struct process *process, const char *word, size_t len);

/* One run of the program into events[max]; gives their number. Runs that would be longer are drawn anew. */
size_t process_sample(const struct process *process, struct rng *rng, uint32_t *events, size_t max);
/* Whether some run of the program gives just these events. */
bool process_accepts(const struct process *process, const uint32_t *events, size_t n);

/* What goes wrong with traces: n events in events[max] are changed; gives how many there are then. noise drops,
 * repeats, swaps or inserts one event; a cut leaves the beginning or the end out. */
size_t process_noise(const struct process *process, struct rng *rng, uint32_t *events, size_t n, size_t max);
size_t process_cut(struct rng *rng, uint32_t *events, size_t n);

#endif
