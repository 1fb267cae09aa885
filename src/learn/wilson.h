/* The sure part of a share that was counted. */
#ifndef LW_LEARN_WILSON_H
#define LW_LEARN_WILSON_H

/* The lower end of Wilson's interval (1927) at 95 % confidence, of both sides; 0 for a total of 0. */
double wilson_lower(double support, double total);

#endif
