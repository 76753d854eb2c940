#include "rc_accel.h"

/* What was written to memory is there for the machine. */
#ifndef RC_BARRIER
#if defined(__GNUC__)
#define RC_BARRIER() __sync_synchronize()
#else
#define RC_BARRIER() ((void)0)
#endif
#endif

#define PAGE 4096u

/* ---------------------------------------------------------------- registers */

static uint32_t mapped_read(void *context, uint32_t offset) {
  return *(volatile uint32_t *)((uintptr_t)context + offset);
}

static void mapped_write(void *context, uint32_t offset, uint32_t value) {
  *(volatile uint32_t *)((uintptr_t)context + offset) = value;
}

struct rc_accel rc_accel_at(volatile void *registers) {
  struct rc_accel device;
  device.read = mapped_read;
  device.write = mapped_write;
  device.pause = 0;
  device.context = (void *)(uintptr_t)registers;
  return device;
}

static uint32_t get(const struct rc_accel *device, uint32_t offset) {
  return device->read(device->context, offset);
}

static void set(const struct rc_accel *device, uint32_t offset, uint32_t value) {
  device->write(device->context, offset, value);
}

static int running(const struct rc_accel *device) {
  return (get(device, RC_STATUS) & RC_STATUS_RUNNING) != 0;
}

/* ---------------------------------------------------------------- programs */

static uint32_t word_at(const unsigned char *bytes, uint32_t word) {
  const unsigned char *at = bytes + 4 * word;
  return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

enum rc_result rc_probe(const struct rc_accel *device) {
  return get(device, RC_ID) == RC_ID_VALUE ? RC_OK : RC_NO_DEVICE;
}

enum rc_result rc_load(const struct rc_accel *device, const void *image, uint32_t image_bytes,
                       void *region, uint32_t region_bytes, uint64_t address) {
  const unsigned char *from = image;
  unsigned char *to = region;
  uint32_t bytes, size, writable, i;
  if (rc_probe(device) != RC_OK) return RC_NO_DEVICE;
  if (running(device)) return RC_BUSY;
  if (image_bytes < RC_IMAGE_HEADER_BYTES || word_at(from, RC_IMAGE_MAGIC) != RC_IMAGE_MAGIC_VALUE)
    return RC_NO_IMAGE;
  bytes = word_at(from, RC_IMAGE_BYTES);
  size = word_at(from, RC_IMAGE_SIZE);
  writable = word_at(from, RC_IMAGE_WRITABLE);
  if (bytes < RC_IMAGE_HEADER_BYTES || bytes > image_bytes || bytes > writable || writable > size)
    return RC_NO_IMAGE;
  if (word_at(from, RC_IMAGE_CONFIG) != get(device, RC_CONFIG)) return RC_OTHER_MACHINE;
  if (size > region_bytes) return RC_SMALL_REGION;
  if (address % PAGE != 0 || address + (size - 1) < address) return RC_BAD_ADDRESS;
  set(device, RC_BASE_LO, (uint32_t)(address & 0xffffffffu));
  set(device, RC_BASE_HI, (uint32_t)(address >> 32));
  for (i = 0; i < RC_IMAGE_WORDS - RC_IMAGE_SIZE; ++i)
    set(device, RC_SIZE + 4 * i, word_at(from, RC_IMAGE_SIZE + i));
  if (from != to)
    for (i = 0; i < bytes; ++i) to[i] = from[i];
  return RC_OK;
}

enum rc_result rc_start(const struct rc_accel *device) {
  if (running(device)) return RC_BUSY;
  RC_BARRIER();
  set(device, RC_IRQ, 1);
  set(device, RC_CONTROL, RC_CONTROL_START);
  return RC_OK;
}

enum rc_result rc_wait(const struct rc_accel *device, uint32_t looks, struct rc_fault *fault) {
  uint32_t status, left = looks;
  for (;;) {
    status = get(device, RC_STATUS);
    if ((status & RC_STATUS_RUNNING) == 0) break;
    if (looks != 0 && --left == 0) return RC_TIMEOUT;
    if (device->pause) device->pause(device->context);
  }
  RC_BARRIER();
  if ((status & RC_STATUS_ERROR) == 0) return RC_OK;
  if (fault) {
    fault->unit = status >> RC_STATUS_UNIT_SHIFT & 0xfu;
    fault->code = status >> RC_STATUS_CODE_SHIFT & 0xfu;
    fault->index = get(device, RC_ERROR_INDEX);
  }
  return RC_FAILED;
}

enum rc_result rc_abort(const struct rc_accel *device, uint32_t looks) {
  set(device, RC_CONTROL, RC_CONTROL_ABORT);
  return rc_wait(device, looks, 0) == RC_TIMEOUT ? RC_TIMEOUT : RC_OK;
}

void rc_interrupt_enable(const struct rc_accel *device, int on) {
  set(device, RC_IRQ_ENABLE, on ? 1u : 0u);
}

int rc_interrupt_taken(const struct rc_accel *device) {
  if ((get(device, RC_IRQ) & 1u) == 0) return 0;
  set(device, RC_IRQ, 1);
  return 1;
}

void rc_read_counters(const struct rc_accel *device, struct rc_counters *counters) {
#define RC_READ(field, offset) counters->field = get(device, offset);
  RC_COUNTERS(RC_READ)
#undef RC_READ
}

/* ---------------------------------------------------------------- texts */

const char *rc_result_text(enum rc_result result) {
  switch (result) {
    case RC_OK:
      return "done";
    case RC_NO_DEVICE:
      return "there is no rc_accel at the registers' address";
    case RC_BUSY:
      return "a program runs";
    case RC_NO_IMAGE:
      return "this is no image of a program, or only a part of one";
    case RC_OTHER_MACHINE:
      return "the program was compiled for another configuration";
    case RC_SMALL_REGION:
      return "the region has fewer bytes than the program needs";
    case RC_BAD_ADDRESS:
      return "the region's address is no multiple of 4096, or its end has none";
    case RC_TIMEOUT:
      return "the program still runs";
    case RC_FAILED:
      return "the program ended with an error";
  }
  return "an unknown result";
}

const char *rc_unit_text(uint32_t unit) {
  switch (unit) {
    RC_UNIT_TEXTS
    default:
      return "an unknown unit";
  }
}

const char *rc_fault_text(const struct rc_fault *fault) {
  switch (fault->unit << 4 | fault->code) {
    RC_FAULT_TEXTS
    default:
      return "an unknown error";
  }
}

/* ---------------------------------------------------------------- tensors */

/* Where pixel (y, x) is among the tensor's. */
static uint32_t pixel_at(const struct rc_tensor *t, uint32_t y, uint32_t x) {
  const uint32_t band = y / t->band, first = band * t->band;
  const uint32_t lines = t->height - first < t->band ? t->height - first : t->band;
  return band * (t->band * t->width + t->pad) + x * lines + (y - first);
}

/* Offset in the region of a channel's word of pixel d. */
static uint32_t place_of(const struct rc_tensor *t, uint32_t channel, uint32_t d) {
  const uint32_t place = channel < t->gap_at ? channel : channel + t->gap;
  const uint32_t line = t->in_channels ? place / t->lanes * t->pixels + d
                                       : d / t->lanes * (t->channels + t->gap) + place;
  const uint32_t lane = (t->in_channels ? place : d) % t->lanes;
  return t->offset + line * t->line_bytes + lane * t->word_bytes;
}

static void put(const struct rc_tensor *t, unsigned char *to, const void *words, uint32_t i) {
  if (t->word_bytes == 1) {
    *to = (unsigned char)((const int8_t *)words)[i];
  } else {
    const uint16_t word = (uint16_t)((const int16_t *)words)[i];
    to[0] = (unsigned char)(word & 0xffu);
    to[1] = (unsigned char)(word >> 8);
  }
}

static void take(const struct rc_tensor *t, const unsigned char *from, void *words, uint32_t i) {
  if (t->word_bytes == 1)
    ((int8_t *)words)[i] = (int8_t)*from;
  else
    ((int16_t *)words)[i] = (int16_t)(uint16_t)(from[0] | (unsigned)from[1] << 8);
}

uint32_t rc_words(const struct rc_tensor *tensor) {
  return tensor->kernel_height
             ? tensor->image_channels * tensor->image_height * tensor->image_width
             : tensor->channels * tensor->height * tensor->width;
}

/* A pixel of what a convolution's windows cover: outside of the image are zeros, as they lie. */
static void pack_window(const struct rc_tensor *t, const void *words, unsigned char *bytes,
                        uint32_t y, uint32_t x) {
  const uint32_t d = pixel_at(t, y, x);
  uint32_t channel = 0, c, ky, kx;
  for (c = 0; c < t->image_channels; ++c)
    for (ky = 0; ky < t->kernel_height; ++ky)
      for (kx = 0; kx < t->kernel_width; ++kx, ++channel) {
        /* Below zero is a large number. */
        const uint32_t from_y = y * t->stride_height + ky * t->dilation_height - t->padding_top;
        const uint32_t from_x = x * t->stride_width + kx * t->dilation_width - t->padding_left;
        if (from_y < t->image_height && from_x < t->image_width)
          put(t, bytes + place_of(t, channel, d), words,
              (c * t->image_height + from_y) * t->image_width + from_x);
      }
}

void rc_pack(const struct rc_tensor *tensor, const void *words, void *region) {
  unsigned char *bytes = region;
  uint32_t c, y, x, i = 0;
  for (c = 0; c < tensor->bytes; ++c) bytes[tensor->offset + c] = 0;
  if (tensor->kernel_height) {
    for (y = 0; y < tensor->height; ++y)
      for (x = 0; x < tensor->width; ++x) pack_window(tensor, words, bytes, y, x);
    return;
  }
  for (c = 0; c < tensor->channels; ++c)
    for (y = 0; y < tensor->height; ++y)
      for (x = 0; x < tensor->width; ++x, ++i)
        put(tensor, bytes + place_of(tensor, c, pixel_at(tensor, y, x)), words, i);
}

void rc_unpack(const struct rc_tensor *tensor, const void *region, void *words) {
  const unsigned char *bytes = region;
  uint32_t c, y, x, i = 0;
  for (c = 0; c < tensor->channels; ++c)
    for (y = 0; y < tensor->height; ++y)
      for (x = 0; x < tensor->width; ++x, ++i)
        take(tensor, bytes + place_of(tensor, c, pixel_at(tensor, y, x)), words, i);
}
