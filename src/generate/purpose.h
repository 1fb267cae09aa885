/* Streams of random numbers under one seed, so that no two uses share one. */
#ifndef LW_GENERATE_PURPOSE_H
#define LW_GENERATE_PURPOSE_H

enum purpose {
    PURPOSE_WALK = 0x6701, /* events and delays of a trace */
    PURPOSE_ARRIVAL,       /* gap before a trace */
    PURPOSE_BURST,         /* when bursts of traces come */
    PURPOSE_RULE,          /* whether and how a causal rule is met */
    PURPOSE_RECOVERY,      /* how long recovery takes */
    PURPOSE_EPISODE,       /* when an episode of anomalies is */
    PURPOSE_SUCCESSION,    /* which failing trace comes when */
    PURPOSE_NAME,          /* name of a trace */
    PURPOSE_CHOICE,        /* order in which traces are made anomalous */
    PURPOSE_INJECT,        /* where in a trace, and how */
    PURPOSE_RECORD,        /* surroundings and parameters of a record */
    PURPOSE_SHARED,        /* values that records of a trace share */
    PURPOSE_FAKE,          /* what stands for an identifier */
    PURPOSE_SCRAMBLE,      /* what stands for any other value */
    PURPOSE_STRATUM,       /* order of the strata that traces are drawn from */
    PURPOSE_PLACE,         /* values that others of the trace obey */
    PURPOSE_MARK,          /* which trace of a mark starts when */
    PURPOSE_ENDING,        /* which trace starts when, for all to be over in time */
    PURPOSE_BLOCK,         /* seeds of the blocks of a stream */
    PURPOSE_HEADER,        /* whose header an event has, where any will do */
    PURPOSE_PROFILE,       /* walks that tell how often counts are new */
    PURPOSE_TIE            /* which of several traces comes first in a moment */
};

#endif
