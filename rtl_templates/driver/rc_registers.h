/* rc_accel's registers, from the table that its Verilog is made with: byte offsets. */
#ifndef RC_REGISTERS_H
#define RC_REGISTERS_H

#define RC_ID 0x000u                 /* 0x52434131, "RCA1" */
#define RC_CONFIG 0x004u             /* the first 32 bits of the configuration's hash: programs carry it too */
#define RC_CONTROL 0x008u            /* bit 0 starts a program, bit 1 aborts one */
#define RC_STATUS 0x00Cu             /* bit 0 running, bit 1 done, bit 2 error; bits 7:4 the unit, bits 11:8 the code of an error */
#define RC_IRQ_ENABLE 0x010u         /* bit 0: irq_o rises at the end of a program */
#define RC_IRQ 0x014u                /* bit 0: a program has ended; writing 1 clears it */
#define RC_ERROR_INDEX 0x018u        /* the number of the instruction in its list, from 0 */
#define RC_BASE_LO 0x020u            /* address of the program's region, a multiple of 4096 */
#define RC_BASE_HI 0x024u            /* and its upper bits */
#define RC_SIZE 0x028u               /* bytes of the region, a multiple of 64 */
#define RC_WRITABLE 0x02Cu           /* offset from which on STOREs may write */
#define RC_LOAD_OFFSET 0x030u        /* offset of the LOADs, a multiple of 128 */
#define RC_LOAD_COUNT 0x034u         /* how many LOADs */
#define RC_MOVE_OFFSET 0x038u        /* offset of the MOVEs, a multiple of 128 */
#define RC_MOVE_COUNT 0x03Cu         /* how many MOVEs */
#define RC_STORE_OFFSET 0x040u       /* offset of the STOREs, a multiple of 128 */
#define RC_STORE_COUNT 0x044u        /* how many STOREs */
#define RC_LOADS_DONE 0x048u         /* LOADs that are finished */
#define RC_MOVES_DONE 0x04Cu         /* MOVEs that are finished */
#define RC_STORES_DONE 0x050u        /* STOREs that are finished */
#define RC_CYCLES 0x060u             /* cycles from start to end, modulo 2^32 as all that follow */
#define RC_LOAD_BUSY 0x064u          /* cycles in which LOADs had words at hand */
#define RC_LOAD_TOKEN 0x068u         /* and in which they waited for MOVEs or STOREs */
#define RC_LOAD_MEMORY 0x06Cu        /* and for the memory */
#define RC_MOVE_BUSY 0x070u          /* cycles in which a MOVE was under way */
#define RC_MOVE_TOKEN 0x074u         /* and in which none was, for LOADs or STOREs */
#define RC_MOVE_MEMORY 0x078u        /* and for the fetch of a MOVE */
#define RC_STORE_BUSY 0x07Cu         /* cycles in which STOREs read and wrote */
#define RC_STORE_TOKEN 0x080u        /* and in which they waited for MOVEs or LOADs */
#define RC_STORE_MEMORY 0x084u       /* and for the memory */
#define RC_BEATS_FETCHED 0x088u      /* beats of the bus with instructions */
#define RC_BEATS_LOADED 0x08Cu       /* beats read by LOADs */
#define RC_BEATS_STORED 0x090u       /* beats written by STOREs */

#define RC_ID_VALUE 0x52434131u
#define RC_CONTROL_START 1u
#define RC_CONTROL_ABORT 2u
#define RC_STATUS_RUNNING 1u
#define RC_STATUS_DONE 2u
#define RC_STATUS_ERROR 4u
#define RC_STATUS_UNIT_SHIFT 4
#define RC_STATUS_CODE_SHIFT 8

/* The words of an image's header. */
#define RC_IMAGE_MAGIC 0u            /* 0x31504352, "RCP1" */
#define RC_IMAGE_CONFIG 1u           /* what register CONFIG has of the machine */
#define RC_IMAGE_BYTES 2u            /* of the image; what lies behind is written by driver and accelerator */
#define RC_IMAGE_SIZE 3u             /* and the following: the registers of these names */
#define RC_IMAGE_WRITABLE 4u
#define RC_IMAGE_LOAD_OFFSET 5u
#define RC_IMAGE_LOAD_COUNT 6u
#define RC_IMAGE_MOVE_OFFSET 7u
#define RC_IMAGE_MOVE_COUNT 8u
#define RC_IMAGE_STORE_OFFSET 9u
#define RC_IMAGE_STORE_COUNT 10u
#define RC_IMAGE_WORDS 11u
#define RC_IMAGE_HEADER_BYTES 128u
#define RC_IMAGE_MAGIC_VALUE 0x31504352u

/* field, register */
#define RC_COUNTERS(X) \
  X(cycles, RC_CYCLES) \
  X(load_busy, RC_LOAD_BUSY) \
  X(load_token, RC_LOAD_TOKEN) \
  X(load_memory, RC_LOAD_MEMORY) \
  X(move_busy, RC_MOVE_BUSY) \
  X(move_token, RC_MOVE_TOKEN) \
  X(move_memory, RC_MOVE_MEMORY) \
  X(store_busy, RC_STORE_BUSY) \
  X(store_token, RC_STORE_TOKEN) \
  X(store_memory, RC_STORE_MEMORY) \
  X(beats_fetched, RC_BEATS_FETCHED) \
  X(beats_loaded, RC_BEATS_LOADED) \
  X(beats_stored, RC_BEATS_STORED)
struct rc_counters {
  uint32_t cycles; /* cycles from start to end, modulo 2^32 as all that follow */
  uint32_t load_busy; /* cycles in which LOADs had words at hand */
  uint32_t load_token; /* and in which they waited for MOVEs or STOREs */
  uint32_t load_memory; /* and for the memory */
  uint32_t move_busy; /* cycles in which a MOVE was under way */
  uint32_t move_token; /* and in which none was, for LOADs or STOREs */
  uint32_t move_memory; /* and for the fetch of a MOVE */
  uint32_t store_busy; /* cycles in which STOREs read and wrote */
  uint32_t store_token; /* and in which they waited for MOVEs or LOADs */
  uint32_t store_memory; /* and for the memory */
  uint32_t beats_fetched; /* beats of the bus with instructions */
  uint32_t beats_loaded; /* beats read by LOADs */
  uint32_t beats_stored; /* beats written by STOREs */
};

#define RC_UNIT_CONTROL 0u
#define RC_UNIT_LOAD 1u
#define RC_UNIT_MOVE 2u
#define RC_UNIT_STORE 3u

#define RC_UNIT_TEXTS \
  case 0u: return "control"; \
  case 1u: return "load"; \
  case 2u: return "move"; \
  case 3u: return "store";
#define RC_FAULT_TEXTS \
  case 0x01u: return "the region's address is not a multiple of 4096, or its size not one of 64"; \
  case 0x0cu: return "no unit can go on: all wait for instructions that never end"; \
  case 0x0du: return "aborted"; \
  case 0x11u: return "a count of zero"; \
  case 0x12u: return "addresses that the memory does not have"; \
  case 0x13u: return "a memory that does not exist, or bits that have to be zero"; \
  case 0x14u: return "an offset that is not a line's, or lines outside of the region"; \
  case 0x15u: return "the bus answered with an error"; \
  case 0x1au: return "the bus answered the fetch of an instruction with an error"; \
  case 0x1bu: return "a list outside of the region, or not at a multiple of 128"; \
  case 0x21u: return "a count of zero"; \
  case 0x22u: return "more rows, columns, steps or tables than there are"; \
  case 0x23u: return "addresses that a memory does not have"; \
  case 0x24u: return "a form that does not exist"; \
  case 0x25u: return "results where the move's own operands lie"; \
  case 0x26u: return "a command that the core refuses"; \
  case 0x27u: return "more or fewer beats than the steps need"; \
  case 0x28u: return "an operand outside of the promised range"; \
  case 0x29u: return "a result outside of the promised range"; \
  case 0x2au: return "the bus answered the fetch of an instruction with an error"; \
  case 0x2bu: return "a list outside of the region, or not at a multiple of 128"; \
  case 0x31u: return "a count of zero"; \
  case 0x32u: return "addresses that the memory does not have"; \
  case 0x33u: return "a memory that does not exist, or bits that have to be zero"; \
  case 0x34u: return "an offset that is not a line's, or lines outside of the region"; \
  case 0x35u: return "the bus answered with an error"; \
  case 0x3au: return "the bus answered the fetch of an instruction with an error"; \
  case 0x3bu: return "a list outside of the region, or not at a multiple of 128";

#endif
