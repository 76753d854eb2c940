// rc_fetch_properties: what is proved of rc_fetch, for any lists, one after the other or before its end, bursts
// that are granted and come at any time, and instructions that are taken at any time.
//
// F1  A block that is asked for stays the same until it is granted.
// F2  It is the list's next block, and the list has one more.
// F3  Of a list as many instructions are given away as it has, then no more; ended_o says when.
// F4  An instruction is there only when its block's last beat has come.
module rc_fetch_properties #(
    parameter integer PER_BLOCK = 4,
    parameter integer COUNT_W   = 4,
    parameter integer BLOCK_W   = 4,
    parameter integer BEAT_W    = BLOCK_W + 1
) (
    input  wire               clk_i,
    input  wire               rst_i,
    input  wire               start_i,
    input  wire [BLOCK_W-1:0] block_i,
    input  wire [COUNT_W-1:0] count_i,
    input  wire               grant_i,
    input  wire               valid_i,
    input  wire               take_i,
    output wire [        4:1] violated_o
);
  reg started_q = 0;
  always @(posedge clk_i) started_q <= 1;
  wire rst = rst_i || !started_q;

  wire request, valid, ended;
  wire [BEAT_W-1:0] beat;
  wire [5:0] beats;
  wire [1024/PER_BLOCK-1:0] instruction;
  // Beats come of bursts that were granted; none is on its way when a list begins.
  reg [1:0] to_come_q = 0;
  wire grant = grant_i && request;
  wire comes = valid_i && to_come_q != 0;
  wire last = to_come_q == 1;
  wire start = start_i && to_come_q == 0;
  rc_fetch #(
      .AXI_DATA_W(512),
      .PER_BLOCK(PER_BLOCK),
      .BEAT_W(BEAT_W),
      .COUNT_W(COUNT_W),
      .BLOCK_W(BLOCK_W)
  ) u_fetch (
      .clk_i(clk_i),
      .rst_i(rst),
      .start_i(start),
      .block_i(block_i),
      .count_i(count_i),
      .request_o(request),
      .beat_o(beat),
      .beats_o(beats),
      .grant_i(grant && !start),
      .valid_i(comes),
      .last_i(last),
      .data_i(512'd0),
      .valid_o(valid),
      .instruction_o(instruction),
      .take_i(take_i),
      .ended_o(ended)
  );

  reg [COUNT_W:0] count_q = 0, taken_q = 0;
  reg [COUNT_W:0] asked_q = 0, come_q = 0;    // blocks
  reg [BLOCK_W-1:0] block_q;
  reg waits_q = 0;
  reg [BEAT_W-1:0] beat_q;
  wire [COUNT_W:0] blocks = (count_q + (PER_BLOCK - 1)) / PER_BLOCK;
  wire [COUNT_W+2:0] there = come_q * PER_BLOCK;
  wire [BLOCK_W-1:0] next_block = block_q + asked_q;
  always @(posedge clk_i) begin
    if (rst) begin
      count_q <= 0;
      taken_q <= 0;
      asked_q <= 0;
      come_q <= 0;
      to_come_q <= 0;
      waits_q <= 0;
    end else if (start) begin
      count_q <= count_i;
      taken_q <= 0;
      asked_q <= 0;
      come_q <= 0;
      to_come_q <= 0;
      block_q <= block_i;
      waits_q <= 0;
    end else begin
      taken_q <= taken_q + (take_i && valid);
      asked_q <= asked_q + grant;
      come_q <= come_q + (comes && last);
      to_come_q <= grant ? 2 : to_come_q - comes;
      waits_q <= request && !grant;
    end
    beat_q <= beat;
  end
  assign violated_o[1] = started_q && waits_q && (!request || beat != beat_q);
  assign violated_o[2] = started_q && request && (asked_q >= blocks || beat != {next_block, 1'b0} || beats != 2);
  assign violated_o[3] = started_q && ((valid && taken_q >= count_q) || ended != (taken_q == count_q));
  assign violated_o[4] = started_q && valid && taken_q >= there;
endmodule
