// rc_core_properties: what is proved of the array in its core, fed by its own sequencer and skew, for
// any commands, legal or not, any stalls, and a reset at any time.
//
// All is as it ships but the multiplier (rc_mac_marked): a result carries a mark, and the merged
// operands of its sum. Row r's samples are r + 1, all weights and taps of a step are its tag's lowest
// bit with a one in front; what is offered outside of a beat, or to rows that are not used, is rubbish.
//
// A1  No element captures a sum in a cycle in which a result of its south neighbour passes.
// A2  A result is on column c's port exactly when valid_o says so and the schedule of the reference
//     has one: a tile's c cycles after column 0's, a window's at all columns at once.
// A3  It is made of its own row's samples and its own step's weights, and of nothing else; in a
//     cycle without a result the port is zero. (A beat missing in a stream counts as zeros, so once one
//     was missing, of some of them.)
// A4  A tap never meets a b on its way, a broadcast `last` no other one, in the gates that merge them.
// A5  Behind a tap or a broadcast `last` hold is high: neither moves on.
// A6  hold is high in front of nothing else: what an element does not take from its neighbour or the
//     edge is a tap, a broadcast `last`, or zero. Element (0,0), which has no hold, takes everything.
// A7  While busy_o is low the edges are idle, and every `last`, sum and result is zero; with the
//     broadcast, which may use b's registers next, every b too.
//
// elements.vh declares element_last, element_b, element_acc and element_out: the registers of all
// elements, element (r,c) at lane r * COLS + c; element_captures, the `last` of the sum in front of out; and
// element_product_last and element_product, zero where there is no such register. It is written by the test: Verilog has no loop over
// names in another module.
module rc_core_properties #(
    parameter integer ROWS   = 2,
    parameter integer COLS   = 2,
    parameter integer MAX_K  = 2,
    parameter integer TAG_W  = 2,
    parameter integer STAGES = 0,
    parameter integer MAC_STAGES = 0,
    parameter integer COL_W  = $clog2(COLS + 2),
    parameter integer ROW_W  = $clog2(ROWS + 2),
    parameter integer BEAT_W = $clog2(MAX_K + 2),
    parameter integer DATA_W = $clog2(ROWS + 1) < 2 ? 2 : $clog2(ROWS + 1)
) (
    input  wire                        clk_i,
    input  wire                        rst_i,
    input  wire                        cmd_valid_i,
    input  wire [           TAG_W-1:0] cmd_tag_i,
    input  wire [           TAG_W-1:0] cmd_count_i,
    input  wire [           ROW_W-1:0] cmd_rows_i,
    input  wire [          BEAT_W-1:0] cmd_beats_i,
`ifdef ROW_BROADCAST
    input  wire                        cmd_stream_i,
    input  wire                        cmd_chain_i,
    input  wire [           COL_W-1:0] cmd_cols_i,
    input  wire [          BEAT_W-1:0] cmd_taps_i,
    input  wire [          BEAT_W-1:0] cmd_pitch_i,
    input  wire [          BEAT_W-1:0] cmd_passes_i,
    input  wire [         ROWS*2-1:0] noise_tap_i,
`endif
    input  wire                        op_valid_i,
    input  wire [     ROWS*DATA_W-1:0] noise_a_i,
    input  wire [         COLS*2-1:0] noise_b_i,
    output wire [                 7:1] violated_o
);
  localparam WEIGHT_W = 2;
  localparam ACC_W = 1 + DATA_W + WEIGHT_W;
  localparam LATE = 3 + STAGES + 2 * MAC_STAGES;  // cycles from a last beat to its first result on a port

  // The first cycle is one of reset; registers wake up with anything.
  reg started_q = 0;
  always @(posedge clk_i) started_q <= 1;
  wire rst = rst_i || !started_q;

`ifndef ROW_BROADCAST
  wire cmd_stream_i = 0;
  wire cmd_chain_i = 0;
  wire [COL_W-1:0] cmd_cols_i = 0;
  wire [BEAT_W-1:0] cmd_taps_i = 0;
  wire [BEAT_W-1:0] cmd_pitch_i = 0;
  wire [BEAT_W-1:0] cmd_passes_i = 0;
`endif
  wire cmd_ready, op_ready, busy;
  wire [COLS-1:0] valid;
  wire [COLS*ACC_W-1:0] out;

  // ---------------------------------------------------------------- operands
  wire ref_stream, inside, ref_tap;
  wire [ROW_W-1:0] rows;
  wire [TAG_W-1:0] ref_tag;
  wire beat = op_ready && (op_valid_i || inside);
  reg [ROWS*DATA_W-1:0] a;
  reg [ROWS*WEIGHT_W-1:0] tap;
  wire [COLS*WEIGHT_W-1:0] b = beat && !ref_stream ? {COLS{1'b1, ref_tag[0]}} : noise_b_i;
  integer i, c;
  always @* begin
    a = noise_a_i;
    tap = 0;
`ifdef ROW_BROADCAST
    tap = noise_tap_i;
`endif
    for (i = 0; i < ROWS; i = i + 1)
      if (beat && i < rows) begin
        a[i*DATA_W+:DATA_W] = i + 1;
        if (ref_tap) tap[i*WEIGHT_W+:WEIGHT_W] = {1'b1, ref_tag[0]};
      end
  end

  rc_core #(
      .MAC_STAGES(MAC_STAGES),
      .ROWS(ROWS),
      .COLS(COLS),
      .DATA_W(DATA_W),
      .WEIGHT_W(WEIGHT_W),
      .ACC_W(ACC_W),
`ifdef ROW_BROADCAST
      .BROADCAST_STAGES(STAGES),
`endif
      .TAG_W(TAG_W),
      .MAX_K(MAX_K)
  ) u_core (
      .clk_i(clk_i),
      .rst_i(rst),
      .cmd_valid_i(cmd_valid_i),
      .cmd_ready_o(cmd_ready),
      .cmd_tag_i(cmd_tag_i),
      .cmd_count_i(cmd_count_i),
      .cmd_rows_i(cmd_rows_i),
      .cmd_beats_i(cmd_beats_i),
`ifdef ROW_BROADCAST
      .cmd_stream_i(cmd_stream_i),
      .cmd_chain_i(cmd_chain_i),
      .cmd_cols_i(cmd_cols_i),
      .cmd_taps_i(cmd_taps_i),
      .cmd_pitch_i(cmd_pitch_i),
      .cmd_passes_i(cmd_passes_i),
      .tap_ready_o(),
      .tap_i(tap),
      .gap_error_o(),
`endif
      .cmd_error_o(),
      .op_valid_i(op_valid_i),
      .op_ready_o(op_ready),
      .a_i(a),
      .b_i(b),
      .valid_o(valid),
      .out_o(out),
      .row_o(),
      .tag_o(),
      .active_o(),
      .busy_o(busy)
  );

  wire result, result_stream;
  wire [ROW_W-1:0] result_row;
  wire [TAG_W-1:0] result_tag;
  wire [COL_W-1:0] result_cols;
  rc_step_reference #(
      .ROWS(ROWS),
      .COLS(COLS),
      .MAX_K(MAX_K),
      .TAG_W(TAG_W)
  ) u_reference (
      .clk_i(clk_i),
      .rst_i(rst),
      .cmd_take_i(cmd_valid_i && cmd_ready),
      .cmd_tag_i(cmd_tag_i),
      .cmd_count_i(cmd_count_i),
      .cmd_rows_i(cmd_rows_i),
      .cmd_beats_i(cmd_beats_i),
      .cmd_stream_i(cmd_stream_i),
      .cmd_chain_i(cmd_chain_i),
      .cmd_cols_i(cmd_cols_i),
      .cmd_taps_i(cmd_taps_i),
      .cmd_pitch_i(cmd_pitch_i),
      .cmd_passes_i(cmd_passes_i),
      .beat_i(beat),
      .checked_o(),
      .refused_o(),
      .commands_o(),
      .stream_o(ref_stream),
      .chained_o(),
      .rows_o(rows),
      .cols_o(),
      .tag_o(ref_tag),
      .inside_o(inside),
      .tap_o(ref_tap),
      .end_o(),
      .claimed_o(),
      .result_o(result),
      .result_stream_o(result_stream),
      .result_row_o(result_row),
      .result_tag_o(result_tag),
      .result_cols_o(result_cols),
      .empty_o()
  );

  // ---------------------------------------------------------------- washed
  reg washed_q;  // commands have been asked for since the reset
  always @(posedge clk_i) washed_q <= !rst && (washed_q || cmd_ready);
  wire washed = washed_q || cmd_ready;

  // ---------------------------------------------------------------- the schedule at the ports
  localparam NAME_W = 2 + ROW_W + 1 + COL_W;
  reg [(LATE+COLS)*NAME_W-1:0] names_q;  // lane i: of i + 1 cycles ago
  always @(posedge clk_i) begin
    names_q <= {names_q, result, result_stream, result_row, result_tag[0], result_cols};
    if (rst) names_q <= 0;
  end

  reg missing_q;  // a beat was missing since the reset
  always @(posedge clk_i) missing_q <= !rst && (missing_q || (beat && !op_valid_i));

  reg port_valid, port_wrong;
  reg tile, tile_stream, window, window_stream;
  reg [ROW_W-1:0] tile_row, window_row;
  reg tile_tag, window_tag;
  reg [COL_W-1:0] tile_cols, window_cols;
  reg [DATA_W-1:0] row_1;
  reg [ACC_W-1:0] made;
  always @* begin
    port_valid = 1;
    port_wrong = 0;
    {window, window_stream, window_row, window_tag, window_cols} = names_q[(LATE-1)*NAME_W+:NAME_W];
    for (c = 0; c < COLS; c = c + 1) begin
      {tile, tile_stream, tile_row, tile_tag, tile_cols} = names_q[(LATE-1+c)*NAME_W+:NAME_W];
      tile = tile && !tile_stream;
      made = 0;
      if (tile) begin
        row_1 = tile_row + 1;
        made = {1'b1, row_1, 1'b1, tile_tag};
      end else if (window && window_stream) begin
        row_1 = window_row + 1;
        made = {1'b1, row_1, 1'b1, window_tag};
      end
      port_valid = port_valid && valid[c] == made[ACC_W-1] && out[(c+1)*ACC_W-1] == made[ACC_W-1];
      // Behind a window's positions there is nothing of use.
      if (tile || !window || !window_stream || c < window_cols)
        port_wrong = port_wrong || (missing_q ? out[c*ACC_W+:ACC_W] & ~made : out[c*ACC_W+:ACC_W] ^ made) != 0;
    end
  end

  // ---------------------------------------------------------------- inside the array
`include "elements.vh"
  (* hierconn *) wire [ROWS*DATA_W-1:0] \u_core.a ;
  (* hierconn *) wire [ROWS-1:0] \u_core.last ;
  (* hierconn *) wire [COLS*WEIGHT_W-1:0] \u_core.b ;
`ifdef ROW_BROADCAST
  (* hierconn *) wire [ROWS-1:0] \u_core.hold ;
  (* hierconn *) wire [ROWS*WEIGHT_W-1:0] \u_core.tap_n ;
  (* hierconn *) wire [ROWS-1:0] \u_core.lastb_n ;
  wire [ROWS-1:0] edge_hold = \u_core.hold ;
  wire [ROWS*WEIGHT_W-1:0] edge_tap = ~\u_core.tap_n ;
  wire [ROWS-1:0] edge_lastb = ~\u_core.lastb_n ;
`else
  wire [ROWS-1:0] edge_hold = 0;
  wire [ROWS*WEIGHT_W-1:0] edge_tap = 0;
  wire [ROWS-1:0] edge_lastb = 0;
`endif
  wire [ROWS*DATA_W-1:0] edge_a = \u_core.a ;
  wire [ROWS-1:0] edge_last = \u_core.last ;
  wire [COLS*WEIGHT_W-1:0] edge_b = \u_core.b ;

  reg [ROWS-1:0] tap_now;         // a tap goes to the row
  reg [ROWS-1:0] tap_q, lastb_q;  // the row's b hold a tap, its `last` are broadcast ones
  wire [ROWS:0] north_tap = {tap_q, 1'b0};  // the north neighbour's b is a tap
  integer k;
  always @* for (k = 0; k < ROWS; k = k + 1) tap_now[k] = edge_tap[k*WEIGHT_W+:WEIGHT_W] != 0;
  always @(posedge clk_i) begin
    tap_q   <= tap_now;
    lastb_q <= edge_lastb;
  end

  reg met, merged, moved, blocked, pass, first_element;
  reg north, west, sums;  // what stands in front of an element is not zero
  integer r, e;
  always @* begin
    met = 0;
    merged = 0;
    moved = 0;
    blocked = 0;
    sums = 0;
    for (r = 0; r < ROWS; r = r + 1)
      for (e = 0; e < COLS; e = e + 1) begin
        first_element = r == 0 && e == 0;
        pass  = !edge_hold[r] || first_element;
        north = r == 0 ? edge_b[e*WEIGHT_W+:WEIGHT_W] != 0
                       : element_b[((r-1)*COLS+e)*WEIGHT_W+:WEIGHT_W] != 0;
        west  = e == 0 ? edge_last[r] : element_last[r*COLS+e-1];
        if (r < ROWS - 1)
          met = met || (element_captures[r*COLS+e] && element_out[((r+1)*COLS+e+1)*ACC_W-1]);
        merged  = merged || (tap_now[r] && north && pass) || (edge_lastb[r] && west && pass);
        moved   = moved || (north_tap[r] && pass) || (e > 0 && lastb_q[r] && pass);
        blocked = blocked || (!pass && north && !north_tap[r])
                          || (!pass && west && !(e > 0 && lastb_q[r]));
        sums = sums || element_acc[(r*COLS+e)*ACC_W+:ACC_W-1] != 0
                    || element_product[(r*COLS+e)*ACC_W+:ACC_W-1] != 0;
      end
  end
`ifdef ROW_BROADCAST
  wire weights = edge_b != 0 || element_b != 0;
`else
  wire weights = 0;
`endif
  wire idle = edge_a == 0 && !weights && edge_last == 0 && edge_tap == 0 && edge_lastb == 0
      && edge_hold == 0 && element_last == 0 && element_product_last == 0
      && element_captures == 0 && element_out == 0 && !sums;

  // ---------------------------------------------------------------- properties
  wire [7:1] holds;
  assign holds[1] = !met;
  assign holds[2] = port_valid;
  assign holds[3] = !port_wrong;
  assign holds[4] = !merged;
  assign holds[5] = !moved;
  assign holds[6] = !blocked;
  assign holds[7] = busy || idle;
  assign violated_o = started_q && !rst && washed ? ~holds : 0;
endmodule
