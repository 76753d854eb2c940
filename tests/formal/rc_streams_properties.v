// rc_streams_properties: what is proved of rc_streams, for any legal windows, stalls, tiles before, and a reset
// at any time. The rows left are those of the windows that end here.
//
// W1  ready_o is high exactly in a stream that has begun, and where one may begin: CLEAR cycles or more
//     behind a tile's beat, a final pass only if no row of the window before is left when it ends.
// W2  tap_o is high exactly when the beat asked for is behind the lead and (index mod (taps + gap)) < taps.
// W3  count_o is high exactly with a beat, taken or missing, that is behind the lead; end_o is high exactly with the last beat of a window's last pass, taken or missing.
// W4  clear_o is high exactly when the last CLEAR - 1 cycles took no tile's beat.
// W5  gap_error_o is high exactly in the cycle after one in which a begun stream lacked its beat.
module rc_streams_properties #(
    parameter integer ROWS   = 2,
    parameter integer COLS   = 2,
    parameter integer STAGES = 0,
    parameter integer MAX_K  = 4,
    parameter integer CLEAR  = 2 * ROWS + COLS - 2,
    parameter integer ROW_W  = $clog2(ROWS + 2),
    parameter integer COL_W  = $clog2(COLS + 2),
    parameter integer BEAT_W = $clog2(MAX_K + 2)
) (
    input  wire              clk_i,
    input  wire              rst_i,
    input  wire              load_i,
    input  wire              chain_i,
    input  wire [ ROW_W-1:0] rows_i,
    input  wire [ COL_W-1:0] cols_i,
    input  wire [BEAT_W-1:0] beats_i,
    input  wire [BEAT_W-1:0] taps_i,
    input  wire [BEAT_W-1:0] gap_i,
    input  wire [BEAT_W-1:0] passes_i,
    input  wire              tile_take_i,
    input  wire              op_valid_i,
    output wire [       5:1] violated_o
);
  localparam WIDE = BEAT_W + COL_W;
  reg started_q = 0;
  always @(posedge clk_i) started_q <= 1;
  wire rst = rst_i || !started_q;

  // A command comes only behind a window, or where there is none; each window may be the last.
  reg active_q, chain_q;
  reg [ROW_W-1:0] rows_q, left_q;
  reg [WIDE-1:0] cols_q, beats_q;
  reg [BEAT_W-1:0] taps_q, passes_q;
  reg [BEAT_W:0] pitch_q;
  wire [WIDE-1:0] wide_cols = cols_i, wide_beats = beats_i, wide_rows = rows_i;
  wire legal = rows_i >= 1 && rows_i <= ROWS && cols_i >= 1 && cols_i <= COLS && beats_i >= 1
      && beats_i <= MAX_K && taps_i >= 1 && passes_i >= 1
      && (!chain_i || (passes_i == 1 && wide_cols >= wide_beats && wide_cols >= wide_rows));
  wire ends, ready, counts, tap, clear, gap_error, expected_end;
  wire load = !active_q || (expected_end && load_i);
  wire tile_take = tile_take_i && !active_q;
  wire [ROW_W-1:0] rows_left = expected_end ? rows_q : left_q;

  rc_streams #(
      .ROWS (ROWS),
      .COLS (COLS),
      .MAX_K(MAX_K),
      .CLEAR(CLEAR)
  ) u_streams (
      .clk_i(clk_i),
      .rst_i(rst),
      .load_i(load),
      .chain_i(chain_i),
      .cols_i(cols_i),
      .beats_i(beats_i),
      .taps_i(taps_i),
      .gap_i(gap_i),
      .passes_i(passes_i),
      .active_i(active_q),
      .last_beat_i(last),
      .count_o(counts),
      .tile_take_i(tile_take),
      .rows_left_i(rows_left),
      .op_valid_i(op_valid_i),
      .ready_o(ready),
      .tap_o(tap),
      .end_o(ends),
      .clear_o(clear),
      .gap_error_o(gap_error)
  );

  reg [WIDE-1:0] sample_q;    // of the pass; a chained window finds some there
  reg [BEAT_W:0] column_q;    // of the line, once the lead is over
  reg [BEAT_W-1:0] pass_q;
  reg running_q, gap_q;
  reg [7:0] since_tile_q;     // cycles, at most CLEAR
  wire body = sample_q >= cols_q - 1;
  wire last = sample_q == cols_q - 1 + beats_q - 1;
  wire final_pass = pass_q == passes_q - 1;
  wire free = since_tile_q >= CLEAR && (!final_pass || left_q <= cols_q - 1 + beats_q - 1);
  wire expected = active_q && (running_q || free);
  wire taken = expected && (op_valid_i || running_q);
  assign expected_end = taken && last && final_pass;

  always @(posedge clk_i) begin
    gap_q        <= taken && !op_valid_i;
    left_q       <= rows_left - (rows_left != 0);
    since_tile_q <= tile_take ? 1 : since_tile_q < CLEAR ? since_tile_q + 1 : since_tile_q;
    if (taken) begin
      running_q <= 1;
      sample_q  <= sample_q + 1;
      if (body) column_q <= column_q == pitch_q - 1 ? 0 : column_q + 1;
      if (last) begin
        running_q <= chain_q;
        sample_q  <= chain_q ? beats_q - 1 : 0;
        column_q  <= 0;
        pass_q    <= final_pass ? 0 : pass_q + 1;
      end
    end
    if (load) begin
      active_q  <= load_i && legal;
      running_q <= 0;
      sample_q  <= 0;
      column_q  <= 0;
      pass_q    <= 0;
      {chain_q, rows_q, cols_q, beats_q} <= {chain_i, rows_i, wide_cols, wide_beats};
      {taps_q, passes_q} <= {taps_i, passes_i};
      pitch_q <= taps_i + gap_i;
    end
    if (rst) begin
      active_q     <= 0;
      gap_q        <= 0;
      left_q       <= 0;
      since_tile_q <= CLEAR;
    end
  end

  wire [5:1] holds;
  assign holds[1] = ready == expected;
  assign holds[2] = tap == (expected && body && column_q < taps_q);
  assign holds[3] = counts == (taken && body) && ends == expected_end;
  assign holds[4] = clear == (since_tile_q >= CLEAR);
  assign holds[5] = gap_error == gap_q;
  assign violated_o = started_q && !rst ? ~holds : 0;
endmodule
