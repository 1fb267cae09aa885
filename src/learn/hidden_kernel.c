/*
 * Blocks of four rows by sixteen columns stay in registers while a loop runs over the third index. With AVX2 and FMA
 * that is three times as fast as what SSE2 gives, so both are compiled and the processor is asked; sums then differ in
 * their last bits between machines, not between runs. A BLAS would want larger matrices than 16 to 96 states make.
 */
#include "learn/hidden_kernel.h"

#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define HAS_WIDE 1
#include <immintrin.h>
#define WIDE __attribute__((target("avx2,fma")))
#else
#define HAS_WIDE 0
#endif

static void rows_times(const float *const *in, const float *matrix, size_t n, float *const *out)
{
    for (size_t first = 0; first < n; first += HIDDEN_LANES) {
        float sums[HIDDEN_ROWS][HIDDEN_LANES] = {{0}};
        for (size_t i = 0; i < n; i++) {
            const float *row = matrix + i * n + first;
            for (size_t r = 0; r < HIDDEN_ROWS; r++)
                for (size_t j = 0; j < HIDDEN_LANES; j++)
                    sums[r][j] += in[r][i] * row[j];
        }
        for (size_t r = 0; r < HIDDEN_ROWS; r++)
            memcpy(out[r] + first, sums[r], sizeof sums[r]);
    }
}

static void add_products(const float *left, const uint32_t *parent, const float *right, size_t n_rows, size_t n,
                         float *sums)
{
    for (size_t top = 0; top < n; top += HIDDEN_ROWS)
        for (size_t first = 0; first < n; first += HIDDEN_LANES) {
            float block[HIDDEN_ROWS][HIDDEN_LANES] = {{0}};
            for (size_t k = 0; k < n_rows; k++) {
                const float *a = left + parent[k] * n + top, *b = right + k * n + first;
                for (size_t r = 0; r < HIDDEN_ROWS; r++)
                    for (size_t j = 0; j < HIDDEN_LANES; j++)
                        block[r][j] += a[r] * b[j];
            }
            for (size_t r = 0; r < HIDDEN_ROWS; r++)
                for (size_t j = 0; j < HIDDEN_LANES; j++)
                    sums[(top + r) * n + first + j] += block[r][j];
        }
}

#if HAS_WIDE
WIDE static void rows_times_wide(const float *const *in, const float *matrix, size_t n, float *const *out)
{
    const float *p = in[0], *q = in[1], *r = in[2], *s = in[3];
    for (size_t first = 0; first < n; first += HIDDEN_LANES) {
        __m256 a0 = _mm256_setzero_ps(), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
        const float *row = matrix + first;
        for (size_t i = 0; i < n; i++, row += n) {
            __m256 m0 = _mm256_loadu_ps(row), m1 = _mm256_loadu_ps(row + 8), x = _mm256_broadcast_ss(p + i);
            a0 = _mm256_fmadd_ps(x, m0, a0);
            a1 = _mm256_fmadd_ps(x, m1, a1);
            x = _mm256_broadcast_ss(q + i);
            b0 = _mm256_fmadd_ps(x, m0, b0);
            b1 = _mm256_fmadd_ps(x, m1, b1);
            x = _mm256_broadcast_ss(r + i);
            c0 = _mm256_fmadd_ps(x, m0, c0);
            c1 = _mm256_fmadd_ps(x, m1, c1);
            x = _mm256_broadcast_ss(s + i);
            d0 = _mm256_fmadd_ps(x, m0, d0);
            d1 = _mm256_fmadd_ps(x, m1, d1);
        }
        _mm256_storeu_ps(out[0] + first, a0);
        _mm256_storeu_ps(out[0] + first + 8, a1);
        _mm256_storeu_ps(out[1] + first, b0);
        _mm256_storeu_ps(out[1] + first + 8, b1);
        _mm256_storeu_ps(out[2] + first, c0);
        _mm256_storeu_ps(out[2] + first + 8, c1);
        _mm256_storeu_ps(out[3] + first, d0);
        _mm256_storeu_ps(out[3] + first + 8, d1);
    }
}

WIDE static void add_block_wide(float *at, __m256 low, __m256 high)
{
    _mm256_storeu_ps(at, _mm256_add_ps(_mm256_loadu_ps(at), low));
    _mm256_storeu_ps(at + 8, _mm256_add_ps(_mm256_loadu_ps(at + 8), high));
}

WIDE static void add_products_wide(const float *left, const uint32_t *parent, const float *right, size_t n_rows,
                                   size_t n, float *sums)
{
    for (size_t top = 0; top < n; top += HIDDEN_ROWS)
        for (size_t first = 0; first < n; first += HIDDEN_LANES) {
            __m256 a0 = _mm256_setzero_ps(), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
            const float *row = right + first;
            for (size_t k = 0; k < n_rows; k++, row += n) {
                const float *a = left + parent[k] * n + top;
                __m256 m0 = _mm256_loadu_ps(row), m1 = _mm256_loadu_ps(row + 8), x = _mm256_broadcast_ss(a);
                a0 = _mm256_fmadd_ps(x, m0, a0);
                a1 = _mm256_fmadd_ps(x, m1, a1);
                x = _mm256_broadcast_ss(a + 1);
                b0 = _mm256_fmadd_ps(x, m0, b0);
                b1 = _mm256_fmadd_ps(x, m1, b1);
                x = _mm256_broadcast_ss(a + 2);
                c0 = _mm256_fmadd_ps(x, m0, c0);
                c1 = _mm256_fmadd_ps(x, m1, c1);
                x = _mm256_broadcast_ss(a + 3);
                d0 = _mm256_fmadd_ps(x, m0, d0);
                d1 = _mm256_fmadd_ps(x, m1, d1);
            }
            add_block_wide(sums + top * n + first, a0, a1);
            add_block_wide(sums + (top + 1) * n + first, b0, b1);
            add_block_wide(sums + (top + 2) * n + first, c0, c1);
            add_block_wide(sums + (top + 3) * n + first, d0, d1);
        }
}

static int is_wide(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#endif

void hidden_rows_times(const float *const *in, const float *matrix, size_t n, float *const *out)
{
#if HAS_WIDE
    if (is_wide()) {
        rows_times_wide(in, matrix, n, out);
        return;
    }
#endif
    rows_times(in, matrix, n, out);
}

void hidden_add_products(const float *left, const uint32_t *parent, const float *right, size_t n_rows, size_t n,
                         float *sums)
{
#if HAS_WIDE
    if (is_wide()) {
        add_products_wide(left, parent, right, n_rows, n, sums);
        return;
    }
#endif
    add_products(left, parent, right, n_rows, n, sums);
}
