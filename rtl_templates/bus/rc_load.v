// rc_load: carries out LOADs: lines of DRAM go to a memory, or are given out word by word as scales or words
// of tables. Bursts of a LOAD are asked for while the lines of the one before still come.
//
//     instruction: {0, 0, stores, moves, offset, count, base, memory}, 32 bits each
//     memory 0 A, 1 B, 2 W: `count` lines to addresses from `base` on
//            3 Q, 4 S:      `count` scales of 8 bytes; Q: to lane after lane of an address
//            5 tables:      `count` words of 1 or 2 bytes to addresses from `base` on
module rc_load #(
    parameter integer N          = /*%N*/4,
    parameter integer DATA_W     = /*%DATA_W*/8,
    parameter integer A_DEPTH    = /*%A_DEPTH*/1024,
    parameter integer B_DEPTH    = /*%B_DEPTH*/1024,
    parameter integer W_DEPTH    = /*%W_DEPTH*/1024,
    parameter integer Q_DEPTH    = /*%Q_DEPTH*/64,
    parameter integer S_DEPTH    = /*%S_DEPTH*/1024,
    parameter integer T_DEPTH    = 0,      // words of the tables, up to 2^20 - 1; 0: there are none
    parameter integer AXI_DATA_W = /*%AXI_DATA_W*/128,
    parameter integer LINE_W     = /*%LINE_W*/64,     // bits of a line: N words of 8 or 16 bits, a power of two from 64
    parameter integer BEAT_W     = /*%BEAT_INDEX_W*/28,
    parameter integer OFFSET_W   = 32,    // bits of an offset, and of a count; an instruction has 32
    parameter integer BURST_W    = 5      // log2 of a burst's beats at most
) (
    input  wire                  clk_i,
    input  wire                  rst_i,          // with every program
    input  wire                  stop_i,         // asks for nothing more
    input  wire [  OFFSET_W-1:0] size_i,         // bytes of the region
    // An instruction, and that it may begin.
    input  wire                  go_i,
    input  wire [         255:0] instruction_i,
    output wire                  take_o,
    output wire                  finished_o,     // the oldest has all its words in the memory, after this edge
    output wire                  active_o,       // an instruction is carried out
    output wire                  moving_o,       // and words are at hand
    output reg                   error_o,        // until a reset; and which instruction it is:
    output reg                   error_new_o,    // the one that was taken last, else the oldest not finished
    output reg  [           3:0] error_code_o,
    // Bursts.
    output wire                  request_o,
    output wire [    BEAT_W-1:0] beat_o,
    output wire [     BURST_W:0] beats_o,
    input  wire                  grant_i,
    input  wire                  valid_i,
    output wire                  ready_o,
    input  wire                  bus_error_i,
    input  wire [AXI_DATA_W-1:0] data_i,
    // The memories.
    output wire                  load_valid_o,
    input  wire                  load_ready_i,
    output wire [           1:0] load_memory_o,
    output wire [          19:0] load_address_o,
    output wire [  N*DATA_W-1:0] load_data_o,
    output wire                  scale_valid_o,
    output wire                  scale_rows_o,
    output wire [         N-1:0] scale_lanes_o,
    output wire [          19:0] scale_address_o,
    output wire [          49:0] scale_o,
    output wire                  table_valid_o,
    output wire [          19:0] table_address_o,
    output wire [    DATA_W-1:0] table_data_o
);
  /*%ERRORS*/errors
  localparam integer WORD_W = DATA_W > 8 ? 16 : 8;
  localparam integer SCALES = LINE_W / 64;               // of a line
  localparam integer WORDS = LINE_W / WORD_W;
  localparam integer SCALE_BITS = $clog2(SCALES);
  localparam integer WORD_BITS = $clog2(WORDS);
  localparam integer LINES = LINE_W < AXI_DATA_W ? AXI_DATA_W / LINE_W : 1;
  localparam integer AT_W = LINES > 1 ? $clog2(LINES) : 1;
  localparam [2:0] MEMORY_W = 2, MEMORY_Q = 3, MEMORY_S = 4, MEMORY_T = 5;
  localparam [20:0] DEPTH_A = A_DEPTH[20:0], DEPTH_B = B_DEPTH[20:0], DEPTH_W = W_DEPTH[20:0];
  localparam [20:0] DEPTH_Q = Q_DEPTH[20:0], DEPTH_S = S_DEPTH[20:0], DEPTH_T = T_DEPTH[20:0];

  // ---------------------------------------------------------------- asking
  localparam [1:0] IDLE = 0, COUNT = 1, CHECK = 2, ASK = 3;
  localparam [OFFSET_W:0] SCALES_ROUND = SCALES - 1, WORDS_ROUND = WORDS - 1;
  localparam [OFFSET_W-1:0] NONE_LEFT = 0, ONE = 1;
  reg [1:0] state_q;
  reg [2:0] memory_q;
  reg [OFFSET_W-1:0] base_q, count_q, offset_q;
  reg odd_q;                       // a memory that does not exist, or bits that must be 0
  reg [1:0] queued_q;              // instructions whose words come, or will
  wire last_burst, outside;
  wire [AT_W-1:0] at;
  assign take_o = go_i && state_q == IDLE && !queued_q[1] && !stop_i;

  wire [31:0] memory = instruction_i[31:0];
  wire scales = memory_q == MEMORY_Q || memory_q == MEMORY_S;
  wire [OFFSET_W:0] scale_lines = ({1'b0, count_q} + SCALES_ROUND) >> SCALE_BITS;
  wire [OFFSET_W:0] word_lines = ({1'b0, count_q} + WORDS_ROUND) >> WORD_BITS;
  wire [OFFSET_W-1:0] lines = scales ? scale_lines[OFFSET_W-1:0] : memory_q == MEMORY_T ? word_lines[OFFSET_W-1:0] :
      count_q;

  wire asks;
  wire good = !odd_q && count_q != NONE_LEFT;

  rc_bursts #(
      .AXI_DATA_W(AXI_DATA_W),
      .LINE_W(LINE_W),
      .BEAT_W(BEAT_W),
      .AT_W(AT_W),
      .OFFSET_W(OFFSET_W),
      .BURST_W(BURST_W)
  ) u_bursts (
      .clk_i(clk_i),
      .rst_i(rst_i),
      .start_i(state_q == COUNT && good),
      .offset_i(offset_q),
      .lines_i(lines),
      .low_i({OFFSET_W{1'b0}}),
      .size_i(size_i),
      .bad_o(outside),
      .at_o(at),
      .request_o(asks),
      .beat_o(beat_o),
      .beats_o(beats_o),
      .grant_i(grant_i),
      .last_o(last_burst)
  );
  wire begins = state_q == CHECK && !outside;    // its words will come
  assign request_o = asks && !stop_i;

  always @(posedge clk_i)
    if (rst_i) state_q <= IDLE;
    else
      case (state_q)
        IDLE: if (take_o) state_q <= COUNT;
        COUNT: state_q <= good ? CHECK : IDLE;
        CHECK: state_q <= outside ? IDLE : ASK;
        default: if (grant_i && last_burst) state_q <= IDLE;
      endcase
  always @(posedge clk_i)
    if (take_o) begin
      memory_q <= memory[2:0];
      base_q <= instruction_i[32+:OFFSET_W];
      count_q <= instruction_i[64+:OFFSET_W];
      offset_q <= instruction_i[96+:OFFSET_W];
      odd_q <= memory > (T_DEPTH > 0 ? 32'd5 : 32'd4) || instruction_i[255:192] != 64'd0;
    end

  // ---------------------------------------------------------------- the next one, and the one whose words come
  reg [2:0] next_memory_q, to_q;
  reg [OFFSET_W-1:0] next_base_q, next_count_q, address_q, left_q;
  reg [AT_W-1:0] next_at_q;
  reg next_q;                      // there is a next one
  localparam [1:0] NONE = 0, RUN = 1, END = 2;
  reg [1:0] come_q;
  wire fetch = next_q && come_q == NONE;
  wire line_valid, line_take, last;
  wire [LINE_W-1:0] line;

  always @(posedge clk_i)
    if (rst_i) begin
      queued_q <= 2'd0;
      next_q <= 1'b0;
      come_q <= NONE;
    end else begin
      if (begins != finished_o) queued_q <= begins ? queued_q + 2'd1 : queued_q - 2'd1;
      next_q <= begins || (next_q && !fetch);
      case (come_q)
        NONE: if (next_q) come_q <= RUN;
        RUN: if (item && last) come_q <= END;
        default: if (finished_o) come_q <= NONE;
      endcase
    end
  always @(posedge clk_i) begin
    if (begins) begin
      next_memory_q <= memory_q;
      next_base_q <= base_q;
      next_count_q <= count_q;
      next_at_q <= at;
    end
  end

  rc_gather #(
      .AXI_DATA_W(AXI_DATA_W),
      .LINE_W(LINE_W),
      .AT_W(AT_W)
  ) u_gather (
      .clk_i(clk_i),
      .rst_i(rst_i),
      .start_i(fetch),
      .at_i(next_at_q),
      .valid_i(valid_i),
      .ready_o(ready_o),
      .data_i(data_i),
      .valid_o(line_valid),
      .line_o(line),
      .take_i(line_take),
      .last_i(last)
  );

  // ---------------------------------------------------------------- words
  wire to_lines = to_q < MEMORY_Q;
  wire to_scales = to_q == MEMORY_Q || to_q == MEMORY_S;
  reg [7:0] at_q;                  // the scale, or the word, of the line
  reg [N-1:0] lane_q;              // of Q
  wire [20:0] depth = to_q == 3'd0 ? DEPTH_A : to_q == 3'd1 ? DEPTH_B : to_q == MEMORY_W ? DEPTH_W :
      to_q == MEMORY_Q ? DEPTH_Q : to_q == MEMORY_S ? DEPTH_S : DEPTH_T;
  wire [OFFSET_W+19:0] wide_address = {20'd0, address_q};
  wire beyond = wide_address >= {{(OFFSET_W - 1) {1'b0}}, depth};
  wire offers = come_q == RUN && line_valid && !beyond && !stop_i;
  wire item = offers && (!to_lines || load_ready_i);
  wire line_end = to_lines || (to_scales ? at_q == LAST_SCALE : at_q == LAST_WORD);
  localparam [7:0] LAST_SCALE = SCALES[7:0] - 8'd1, LAST_WORD = WORDS[7:0] - 8'd1;
  assign last = left_q == ONE;
  assign line_take = item && (line_end || last);
  wire next_address = to_q != MEMORY_Q || lane_q[N-1];
  always @(posedge clk_i)
    if (fetch) begin
      to_q <= next_memory_q;
      address_q <= next_base_q;
      left_q <= next_count_q;
      lane_q <= {{(N - 1) {1'b0}}, 1'b1};
      at_q <= 8'd0;
    end else if (item) begin
      if (next_address) address_q <= address_q + ONE;
      left_q <= left_q - ONE;
      lane_q <= {lane_q[N-2:0], lane_q[N-1]};
      at_q <= line_end ? 8'd0 : at_q + 8'd1;
    end

  // A word is written in the cycle behind its item; a line when its port is free.
  assign finished_o = come_q == END && (!to_lines || load_ready_i);
  assign active_o = state_q != IDLE || queued_q != 2'd0;
  assign moving_o = (come_q == RUN && line_valid) || come_q == END;

  genvar i;
  generate
    for (i = 0; i < N; i = i + 1) begin : lane
      assign load_data_o[i*DATA_W+:DATA_W] = line[i*WORD_W+:DATA_W];
    end
  endgenerate
  assign load_valid_o = offers && to_lines;
  assign load_memory_o = to_q[1:0];
  assign load_address_o = wide_address[19:0];
  assign scale_valid_o = offers && to_scales;
  assign scale_rows_o = to_q == MEMORY_S;
  assign scale_lanes_o = lane_q;
  assign scale_address_o = wide_address[19:0];
  generate
    if (SCALES > 1) begin : gen_scales
      assign scale_o = line[{at_q[SCALE_BITS-1:0], 6'd0}+:50];
    end else begin : gen_scale
      assign scale_o = line[49:0];
    end
  endgenerate
  wire [WORD_W-1:0] word = line[at_q[WORD_BITS-1:0]*WORD_W+:WORD_W];
  assign table_valid_o = offers && to_q == MEMORY_T;
  assign table_address_o = wide_address[19:0];
  assign table_data_o = word[DATA_W-1:0];

  // ---------------------------------------------------------------- errors
  wire late = (come_q == RUN && line_valid && beyond) || (valid_i && bus_error_i);
  wire bad = (state_q == COUNT && !good) || (state_q == CHECK && outside);
  always @(posedge clk_i)
    if (rst_i) error_o <= 1'b0;
    else if (late || bad) error_o <= 1'b1;
  always @(posedge clk_i)
    if (!error_o) begin
      error_new_o <= !late;
      error_code_o <= valid_i && bus_error_i ? E_BUS : late ? E_ADDRESS : state_q == CHECK ? E_OFFSET :
          odd_q ? E_MEMORY : E_COUNT;
    end

  wire unused = &{1'b0, line, word, scale_lines, word_lines, instruction_i, wide_address};
endmodule
