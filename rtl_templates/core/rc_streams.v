// rc_streams: feeds ST-OS windows.
//
// A window is cols_i positions on each row, made in passes_i passes. A pass is cols_i - 1 lead samples,
// then beats_i samples in lines: taps_i of them meet a tap, gap_i do not, and so on. With chain_i all
// windows of the command share one stream: behind the first one, a window finds beats_i - 1 of its
// samples there and takes cols_i more.
//
//     sample     s0   s1   s2   s3   s4   s5   s6        cols = 3, beats = 4, taps = 1, gap = 1
//     tap_o                high      high                and one lead sample of the next pass
//     end_o                               high           of the last pass
//
// op_valid_i at the first beat of a pass (with chain_i: of the command) promises all of it. From then
// on ready_o is high in every cycle; a beat that is missing counts as zeros and is reported on
// gap_error_o in the cycle after.
//
// Start rules: a pass starts only CLEAR cycles or more after the last beat of a tile, when none of its
// operands or results is left in the array; and a window's final pass only so late that its end falls
// behind the last of the rows that leave of the window before.
module rc_streams #(
    parameter integer ROWS  = /*%ROWS*/4,     // rows of the array, from 1
    parameter integer COLS  = /*%COLS*/4,     // columns of the array, from 1
    parameter integer MAX_K = /*%MAX_K*/4608, // most beats of a pass, from 1
    parameter integer CLEAR = 10              // cycles from a tile's beat until a stream may start, from 1
) (
    input  wire                         clk_i,
    input  wire                         rst_i,
    // A command comes.
    input  wire                         load_i,
    input  wire                         chain_i,
    input  wire [ $clog2(COLS + 2)-1:0] cols_i,      // 1..COLS
    input  wire [$clog2(MAX_K + 2)-1:0] beats_i,     // from 1; with chain_i at most cols_i
    input  wire [$clog2(MAX_K + 2)-1:0] taps_i,      // from 1
    input  wire [$clog2(MAX_K + 2)-1:0] gap_i,
    input  wire [$clog2(MAX_K + 2)-1:0] passes_i,    // from 1; with chain_i 1
    // Its windows are fed, from the cycle after.
    input  wire                         active_i,
    input  wire                         last_beat_i, // a beat that counts is the last of its pass
    output wire                         count_o,     // a beat is taken, or is missing, and counts: no lead
    input  wire                         tile_take_i, // a tile's beat enters the array instead
    input  wire [ $clog2(ROWS + 2)-1:0] rows_left_i, // of the steps before and of the one that ends now
    input  wire                         op_valid_i,
    output wire                         ready_o,     // never depends on op_valid_i
    output wire                         tap_o,       // and this beat meets a tap
    output wire                         end_o,       // the window's last beat is taken, or is missing
    output wire                         clear_o,     // nothing of a tile is left in the array
    output wire                         gap_error_o
);
  localparam integer ROW_W = $clog2(ROWS + 2);
  localparam integer COL_W = $clog2(COLS + 2);
  localparam integer BEAT_W = $clog2(MAX_K + 2);
  localparam [COL_W-1:0] COL_1 = 1;
  localparam [BEAT_W-1:0] BEAT_0 = 0;

  // ---------------------------------------------------------------- what the command says of a pass
  // Beats with zeros above, and with so many of them as numbers of rows or columns have bits.
  localparam integer WIDE = BEAT_W + ROW_W + COL_W;
  wire [WIDE-1:0] beats = {{(WIDE - BEAT_W) {1'b0}}, beats_i};

  // The samples of a pass up to the first one that may meet a tap: all positions of a window, but of a
  // chained one behind another only those that did not come with that.
  wire [COL_W-1:0] head = chain_i ? cols_i - beats[COL_W-1:0] + COL_1 : cols_i;

  reg chain_q;
  reg [COL_W-1:0] head_q;
  reg [BEAT_W-1:0] taps_q, gap_q;

  always @(posedge clk_i) begin
    if (load_i) begin
      chain_q <= chain_i;
      head_q  <= head;
      taps_q  <= taps_i;
      gap_q   <= gap_i;
    end
  end

  // ---------------------------------------------------------------- where the next beat stands
  wire take;
  wire in_body;    // the head is over: it may meet a tap
  wire last_pass;  // of the window
  assign count_o = take && in_body;
  wire pass_end = count_o && last_beat_i;
  wire pass_begins = load_i || pass_end;
  assign end_o = pass_end && last_pass;

  rc_countdown #(
      .WIDTH(COL_W)
  ) u_head (
      .clk_i(clk_i),
      .load_i(pass_begins),
      .value_i(load_i ? cols_i : head_q),
      .step_i(take && !in_body),
      .last_o(in_body)
  );
  rc_repeat #(
      .WIDTH(BEAT_W)
  ) u_passes (
      .clk_i(clk_i),
      .load_i(load_i),
      .value_i(passes_i),
      .step_i(pass_end),
      .last_o(last_pass)
  );

  // A line is its taps and, if there is one, the gap behind them.
  reg in_taps_q;
  wire last_of_part;
  wire part_end = count_o && last_of_part;
  wire gap_begins = part_end && !pass_end && in_taps_q && gap_q != BEAT_0;

  rc_countdown #(
      .WIDTH(BEAT_W)
  ) u_part (
      .clk_i(clk_i),
      .load_i(pass_begins || part_end),
      .value_i(load_i ? taps_i : gap_begins ? gap_q : taps_q),
      .step_i(count_o),
      .last_o(last_of_part)
  );
  always @(posedge clk_i) begin
    if (pass_begins || part_end) in_taps_q <= !gap_begins;
  end

  // ---------------------------------------------------------------- start rules
  // What is left of a tile.
  localparam integer CLEAR_W = $clog2(CLEAR + 1);
  localparam [CLEAR_W-1:0] CLEAR_0 = 0;
  localparam [CLEAR_W-1:0] CLEAR_1 = 1;
  reg [CLEAR_W-1:0] clear_left_q;  // cycles
  reg clear_q;                     // none

  always @(posedge clk_i) begin
    if (rst_i) begin
      clear_left_q <= CLEAR_0;
      clear_q      <= 1'b1;
    end else if (tile_take_i) begin
      clear_left_q <= CLEAR[CLEAR_W-1:0] - CLEAR_1;
      clear_q      <= CLEAR == 1;
    end else if (!clear_q) begin
      clear_left_q <= clear_left_q - CLEAR_1;
      clear_q      <= clear_left_q == CLEAR_1;
    end
  end

  // What is left of the windows before: one row leaves each cycle. A pass that starts in the next cycle
  // ends cols + beats - 1 cycles from now, when none of the rows left now may be: they are fewer than cols +
  // beats. Beats that a number of rows can not say are more than all rows, as is the most it can say.
  localparam integer SPAN_W = (ROW_W > COL_W ? ROW_W : COL_W) + 1;
  wire [ROW_W-1:0] some_beats = beats[ROW_W-1:0] | {ROW_W{beats[WIDE-1:ROW_W] != {(WIDE - ROW_W) {1'b0}}}};
  wire [SPAN_W-1:0] span = {{(SPAN_W - COL_W) {1'b0}}, cols_i} + {{(SPAN_W - ROW_W) {1'b0}}, some_beats};
  reg [SPAN_W-1:0] span_q;
  reg fits_q;

  always @(posedge clk_i) begin
    if (load_i) span_q <= span;
    fits_q <= {{(SPAN_W - ROW_W) {1'b0}}, rows_left_i} < (load_i ? span : span_q);
  end

  reg running_q;  // a stream has begun: its beats come in every cycle
  always @(posedge clk_i) begin
    if (load_i) running_q <= 1'b0;
    else if (take) running_q <= !pass_end || chain_q;
  end

  // ---------------------------------------------------------------- handshake
  reg gap_error_q;
  always @(posedge clk_i) begin
    if (rst_i) gap_error_q <= 1'b0;
    else gap_error_q <= take && !op_valid_i;
  end

  wire may_start = clear_q && (fits_q || !last_pass);
  assign ready_o = active_i && (running_q || may_start);
  assign take = ready_o && (op_valid_i || running_q);
  assign tap_o = ready_o && in_body && in_taps_q;
  assign clear_o = clear_q;
  assign gap_error_o = gap_error_q;
endmodule
