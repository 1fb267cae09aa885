/*
 * Causal rules: when an event of the cause happens, one of the effect follows in time with a probability.
 *
 * In a trace: the coin falls once for a trace that has the cause. If an effect is to follow and does not, what comes
 * behind the cause is drawn again, up to a bound, and then led to an effect on a way that the machine has; the time
 * between is fitted into the window. If none is to follow, it is drawn again as well; where the effect always follows,
 * it comes too late. Between traces: effects that come by chance count; if too few causes have one, traces with an
 * effect that follows no cause are moved behind one that has none, and when there are none left, other traces are led
 * to an effect. For rules that were mined from the log, an effect inside a trace is first moved by the delays around it
 * alone, if that suffices. Owned by the struct; immutable once made.
 */
#ifndef LW_GENERATE_RULES_H
#define LW_GENERATE_RULES_H

#include "generate/detour.h"
#include "generate/plan.h"

struct rule {
    bool *is_cause;       /* [n_symbols] */
    struct detour effect; /* its goals are the effects */
    int64_t min_us, max_us;
    double probability;
    bool is_across;
    bool is_mined; /* only as far as traces can be moved: none is changed, and falling short is no error */
};
struct rules {
    struct rule *items; /* [n] */
    size_t n, cap;
};

/* What the constraints ask for. LW_ERR_INFEASIBLE (no way leads from cause to effect), LW_ERR_MEMORY. */
int rules_init(struct rules *rules, const struct blueprint *blueprint, const struct lw_constraints *constraints,
               const struct parties *parties, struct lw_error *err);
void rules_release(struct rules *rules);
/* One more; the arrays become the rules', whatever is returned. 0 or LW_ERR_MEMORY. */
int rules_add(struct rules *rules, const struct blueprint *blueprint, const struct lw_constraints *constraints,
              bool *is_cause, bool *is_effect, const struct rule *like);
/* Makes trace `index` keep the rules within traces. Thread-safe. 0 or LW_ERR_MEMORY. */
int rules_fit(const struct rules *rules, const struct plan *plan, size_t index, struct course *course);
/* Makes the log keep the rules between traces; traces are then in order of their starts again. LW_ERR_INFEASIBLE (how
 * many causes could have an effect), LW_ERR_CANCELLED, LW_ERR_MEMORY. */
int rules_arrange(const struct rules *rules, struct plan *plan, struct lw_error *err);

#endif
