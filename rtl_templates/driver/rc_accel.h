/* rc_accel's driver: C99 without an allocation, a clock or a C library. It reaches the machine by two
 * functions, so that it runs on bare metal, under a system, and before a simulation.
 *
 *   struct rc_accel device = rc_accel_at((volatile void *)0x40000000);
 *   rc_load(&device, image, sizeof image, region, sizeof region, (uintptr_t)region);
 *   rc_pack(&rc_program_inputs[0], picture, region);
 *   rc_start(&device);
 *   if (rc_wait(&device, limit, &fault) != RC_OK) puts(rc_fault_text(&fault));
 *   rc_unpack(&rc_program_outputs[0], region, scores);
 *
 * The image, and rc_program_inputs and rc_program_outputs in its program.h, are from `rowcast compile`.
 * `region` is memory that processor and machine both see; caches between them are the caller's:
 * written back behind rc_pack, discarded before rc_unpack. */
#ifndef RC_ACCEL_H
#define RC_ACCEL_H

#include <stdint.h>

#include "rc_registers.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rc_accel {
  uint32_t (*read)(void *context, uint32_t offset);
  void (*write)(void *context, uint32_t offset, uint32_t value);
  /* Between two looks at the status: sleeps until an interrupt, advances a simulation. May be 0. */
  void (*pause)(void *context);
  void *context;
};

/* Registers in the processor's address space. */
struct rc_accel rc_accel_at(volatile void *registers);

enum rc_result {
  RC_OK,
  RC_NO_DEVICE,     /* register ID says something else */
  RC_BUSY,          /* a program runs */
  RC_NO_IMAGE,      /* no image of a program, or only a part of one */
  RC_OTHER_MACHINE, /* the image was compiled for another configuration */
  RC_SMALL_REGION,  /* the region has fewer bytes than the program needs */
  RC_BAD_ADDRESS,   /* the region's address is no multiple of 4096, or its end has none */
  RC_TIMEOUT,       /* the program still runs */
  RC_FAILED         /* it ended with an error: see the fault */
};
const char *rc_result_text(enum rc_result result);

/* Is there a machine? */
enum rc_result rc_probe(const struct rc_accel *device);

/* Checks the image against machine and region, copies it to the region (unless it is there already)
 * and sets the registers. `address` is the region's as the machine sees it. */
enum rc_result rc_load(const struct rc_accel *device, const void *image, uint32_t image_bytes,
                       void *region, uint32_t region_bytes, uint64_t address);

enum rc_result rc_start(const struct rc_accel *device);

/* What the machine says of an error. */
struct rc_fault {
  uint32_t unit, code; /* RC_UNIT_... */
  uint32_t index;      /* of the instruction in its list, from 0 */
};
const char *rc_unit_text(uint32_t unit);
const char *rc_fault_text(const struct rc_fault *fault);

/* Looks at the status at most `looks` times; 0 is without a limit. `fault` may be 0. */
enum rc_result rc_wait(const struct rc_accel *device, uint32_t looks, struct rc_fault *fault);
/* Ends a program, if one runs, as an error; waits as rc_wait does. RC_OK: none runs now. */
enum rc_result rc_abort(const struct rc_accel *device, uint32_t looks);

/* At the end of a program the interrupt rises, with or without an error. */
void rc_interrupt_enable(const struct rc_accel *device, int on);
/* For its handler: clears it; 1 if it was this machine's. */
int rc_interrupt_taken(const struct rc_accel *device);

/* Of the last program, or of the one that runs. */
void rc_read_counters(const struct rc_accel *device, struct rc_counters *counters);

/* A tensor in the region: where it lies, and what it is made from. */
struct rc_tensor {
  uint32_t offset, bytes;
  uint32_t lanes, word_bytes, line_bytes;
  uint32_t channels, height, width;
  uint32_t in_channels; /* 1: a line is channels of a pixel; 0: pixels of a channel */
  uint32_t band;        /* lines whose pixels are numbered column after column */
  uint32_t pad;         /* numbers between a band and the next that are no pixels */
  uint32_t pixels;      /* all numbers */
  uint32_t gap_at, gap; /* channels from gap_at on lie `gap` further */
  /* An input that a convolution reads has in `channels` what its windows cover of this image; else
   * kernel_height is 0, and the image is the tensor. */
  uint32_t image_channels, image_height, image_width;
  uint32_t kernel_height, kernel_width, stride_height, stride_width;
  uint32_t dilation_height, dilation_width, padding_top, padding_left;
};

/* Words are int8_t where word_bytes is 1, int16_t where it is 2: [channels][height][width], of an input
 * the image's. */
uint32_t rc_words(const struct rc_tensor *tensor);
void rc_pack(const struct rc_tensor *tensor, const void *words, void *region);
void rc_unpack(const struct rc_tensor *tensor, const void *region, void *words);

#ifdef __cplusplus
}
#endif

#endif
