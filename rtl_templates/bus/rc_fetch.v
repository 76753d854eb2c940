// rc_fetch: the instructions of a list in DRAM, one behind the other. They are fetched in blocks of 1024
// bits; a block is asked for when the one before has been given away.
module rc_fetch #(
    parameter integer AXI_DATA_W = /*%AXI_DATA_W*/128,
    parameter integer PER_BLOCK  = 4,    // instructions of a block: 1 or 4
    parameter integer BEAT_W     = /*%BEAT_INDEX_W*/28,
    parameter integer COUNT_W    = 24,   // bits of a number of instructions
    parameter integer BLOCK_W    = 25    // bits of an offset in blocks
) (
    input  wire                      clk_i,
    input  wire                      rst_i,
    // A list begins: the offset of its first block, in blocks, and how many instructions it has.
    input  wire                      start_i,
    input  wire [       BLOCK_W-1:0] block_i,
    input  wire [       COUNT_W-1:0] count_i,
    // A burst: a block. Its beats are taken when they come.
    output wire                      request_o,
    output wire [        BEAT_W-1:0] beat_o,
    output wire [               5:0] beats_o,
    input  wire                      grant_i,
    input  wire                      valid_i,
    input  wire                      last_i,
    input  wire [    AXI_DATA_W-1:0] data_i,
    // Instructions.
    output wire                      valid_o,
    output wire [1024/PER_BLOCK-1:0] instruction_o,
    input  wire                      take_i,
    output wire                      ended_o         // all have been taken
);
  localparam integer BEATS = 1024 / AXI_DATA_W;
  localparam integer BITS = 1024 / PER_BLOCK;
  localparam [2:0] ALL = PER_BLOCK[2:0];
  localparam [COUNT_W-1:0] NONE = 0, ONE = 1;
  localparam [BLOCK_W-1:0] NEXT = 1;
  localparam integer SHIFT = $clog2(BEATS);

  generate
    if (PER_BLOCK != 1 && PER_BLOCK != 4) begin : gen_bad_per_block
      PER_BLOCK_must_be_1_or_4 u_error ();
    end
  endgenerate

  reg [1023:0] block_q;
  reg [BLOCK_W-1:0] next_q;    // the block that is fetched next
  reg [COUNT_W-1:0] left_q;    // instructions that have not been taken
  reg [2:0] held_q;     // instructions in the block
  reg asks_q, waits_q;

  assign request_o = asks_q;
  assign beat_o = {next_q, {SHIFT{1'b0}}};
  assign beats_o = BEATS[5:0];
  assign valid_o = held_q != 3'd0 && left_q != NONE;
  assign instruction_o = block_q[BITS-1:0];
  assign ended_o = left_q == NONE;

  wire take = take_i && valid_o;
  wire last_of_list = left_q == ONE;
  wire empties = take && held_q == 3'd1;
  always @(posedge clk_i)
    if (rst_i) begin
      left_q <= NONE;
      held_q <= 3'd0;
      asks_q <= 1'b0;
      waits_q <= 1'b0;
    end else if (start_i) begin
      left_q <= count_i;
      held_q <= 3'd0;
      asks_q <= count_i != NONE;
      waits_q <= 1'b0;
    end else begin
      if (take) left_q <= left_q - ONE;
      asks_q <= (asks_q && !grant_i) || (empties && !last_of_list);
      waits_q <= grant_i || (waits_q && !(valid_i && last_i));
      if (waits_q && valid_i && last_i) held_q <= ALL;
      else if (take) held_q <= held_q - 3'd1;
    end
  always @(posedge clk_i) begin
    if (start_i) next_q <= block_i;
    else if (grant_i) next_q <= next_q + NEXT;
    if (waits_q && valid_i) block_q <= {data_i, block_q[1023:AXI_DATA_W]};
    else if (take) block_q <= block_q >> BITS;
  end
endmodule
