// rc_bursts: from a run of lines in DRAM to bursts: beats of the bus from the one with the first line to the
// one with the last, in bursts that end at multiples of 32 beats.
//
// start_i in cycle t: bad_o in t + 1 says that the run is not one of whole lines inside [low_i, size_i), and
// then nothing is asked for; else bursts are, from t + 2 on.
module rc_bursts #(
    parameter integer AXI_DATA_W = /*%AXI_DATA_W*/128,
    parameter integer LINE_W     = /*%LINE_W*/64,     // bits of a line
    parameter integer BEAT_W     = /*%BEAT_INDEX_W*/28,     // bits of an offset in beats
    parameter integer AT_W       = /*%AT_W*/1,      // bits of a line's place in a beat; 1 where there is but one
    parameter integer OFFSET_W   = 32,     // bits of an offset, and of a count
    parameter integer BURST_W    = 5       // log2 of a burst's beats at most
) (
    input  wire              clk_i,
    input  wire              rst_i,
    input  wire              start_i,
    input  wire [OFFSET_W-1:0] offset_i,   // bytes
    input  wire [OFFSET_W-1:0] lines_i,    // from 1
    input  wire [OFFSET_W-1:0] low_i,      // bytes, multiples of a line; what is more does not count
    input  wire [OFFSET_W-1:0] size_i,
    output wire              bad_o,
    output wire [  AT_W-1:0] at_o,         // the first line's place in its beat
    output wire              request_o,
    output wire [BEAT_W-1:0] beat_o,
    output wire [ BURST_W:0] beats_o,
    input  wire              grant_i,
    output wire              last_o        // the burst on request is the last
);
  localparam integer LINE_BITS = $clog2(LINE_W / 8);
  localparam integer LINES = LINE_W < AXI_DATA_W ? AXI_DATA_W / LINE_W : 1;
  localparam integer PARTS = LINE_W > AXI_DATA_W ? LINE_W / AXI_DATA_W : 1;
  localparam integer AT_BITS = $clog2(LINES);
  localparam integer PART_BITS = $clog2(PARTS);
  localparam [OFFSET_W:0] ROUND = LINES - 1;
  localparam [BURST_W:0] MOST = 1 << BURST_W;

  reg [OFFSET_W-1:0] offset_q, lines_q;
  reg check_q, ask_q;
  reg [BEAT_W-1:0] beat_q;
  reg [BEAT_W:0] left_q;

  wire [OFFSET_W:0] first = {1'b0, offset_q >> LINE_BITS};
  wire [OFFSET_W:0] behind = first + {1'b0, lines_q};
  assign bad_o = check_q && (behind > {1'b0, size_i >> LINE_BITS} || first < {1'b0, low_i >> LINE_BITS} ||
                             offset_q[LINE_BITS-1:0] != {LINE_BITS{1'b0}});
  wire [OFFSET_W:0] begins = (first >> AT_BITS) << PART_BITS;
  wire [OFFSET_W:0] ends = ((behind + ROUND) >> AT_BITS) << PART_BITS;
  wire [OFFSET_W:0] beats = ends - begins;

  generate
    if (LINES > 1) begin : gen_at
      assign at_o = first[AT_W-1:0];
    end else begin : gen_no_at
      assign at_o = {AT_W{1'b0}};
    end
  endgenerate

  wire [BURST_W:0] to_boundary = MOST - {1'b0, beat_q[BURST_W-1:0]};
  assign last_o = left_q <= {{(BEAT_W - BURST_W) {1'b0}}, to_boundary};
  assign request_o = ask_q;
  assign beat_o = beat_q;
  assign beats_o = last_o ? left_q[BURST_W:0] : to_boundary;
  wire [BEAT_W:0] taken = {{(BEAT_W - BURST_W) {1'b0}}, beats_o};

  always @(posedge clk_i)
    if (rst_i) begin
      check_q <= 1'b0;
      ask_q <= 1'b0;
    end else begin
      check_q <= start_i;
      ask_q <= (check_q && !bad_o) || (ask_q && !(grant_i && last_o));
    end
  always @(posedge clk_i) begin
    if (start_i) begin
      offset_q <= offset_i;
      lines_q <= lines_i;
    end
    if (check_q) begin
      beat_q <= begins[BEAT_W-1:0];
      left_q <= beats[BEAT_W:0];
    end else if (grant_i) begin
      beat_q <= beat_q + taken[BEAT_W-1:0];
      left_q <= left_q - taken;
    end
  end

  wire unused = &{1'b0, begins, beats};
endmodule
