// rc_cycles_properties: the cycle model's rules, as one formula over the fields of two commands, against
// the sequencer. Both commands are offered one behind the other, as symbols: any legal fields, tiles or
// windows, each of one or two steps; every beat is there when it is asked for.
//
// C1  The last result of all is on a port exactly in the cycle that the formula names, counted from the
//     first beat.
//
// The formula is that of sim/model/step_timing.h, a step behind the other:
//
//     tile     the last beat is the earliest t >= next + beats - 1 with t >= free[t mod 2]; then
//              free[t mod 2] = t + 2 rows, and no stream before t + 2 (ROWS - 1) + COLS
//     window   passes of cols - 1 + beats samples, but the first no earlier than that, and the capture not
//              before the rows of the window before have left: t >= window_free; then all three are t + rows.
//              Chained, windows but the first take cols samples
//     result   LATE cycles after the last beat; of a tile's last row and column 2 (rows - 1) + COLS - 1
//              later, of a window's last row rows - 1
//
// reached_o: both commands of two steps each are over, the first of tiles or windows, the second likewise.
module rc_cycles_properties #(
    parameter integer ROWS   = 2,
    parameter integer COLS   = 2,
    parameter integer MAX_K  = 2,
    parameter integer TAG_W  = 2,
    parameter integer STAGES = 0,
    parameter integer MAC_STAGES = 0,
    parameter integer COL_W  = $clog2(COLS + 2),
    parameter integer ROW_W  = $clog2(ROWS + 2),
    parameter integer BEAT_W = $clog2(MAX_K + 2)
) (
    input  wire              clk_i,
    input  wire [ TAG_W-1:0] cmd_tag_i,
    input  wire [ TAG_W-1:0] cmd_count_i,
    input  wire [ ROW_W-1:0] cmd_rows_i,
    input  wire [BEAT_W-1:0] cmd_beats_i,
`ifdef ROW_BROADCAST
    input  wire              cmd_stream_i,
    input  wire              cmd_chain_i,
    input  wire [ COL_W-1:0] cmd_cols_i,
    input  wire [BEAT_W-1:0] cmd_taps_i,
    input  wire [BEAT_W-1:0] cmd_pitch_i,
    input  wire [BEAT_W-1:0] cmd_passes_i,
`endif
    output wire [       1:1] violated_o,
    output wire [       4:1] reached_o
);
  localparam LATE = 3 + STAGES + 2 * MAC_STAGES;
  localparam T = 7;  // bits of a cycle

  reg started_q = 0;
  always @(posedge clk_i) started_q <= 1;

`ifndef ROW_BROADCAST
  wire cmd_stream_i = 0;
  wire cmd_chain_i = 0;
  wire [COL_W-1:0] cmd_cols_i = 0;
  wire [BEAT_W-1:0] cmd_passes_i = 0;
`endif
  reg [1:0] taken_q;  // commands
  wire cmd_ready, cmd_error, op_ready, busy;
  wire [COLS-1:0] valid;

  rc_sequencer #(
      .MAC_STAGES(MAC_STAGES),
      .ROWS(ROWS),
      .COLS(COLS),
      .MAX_K(MAX_K),
`ifdef ROW_BROADCAST
      .STAGES(STAGES),
`endif
      .TAG_W(TAG_W)
  ) u_sequencer (
      .clk_i(clk_i),
      .rst_i(!started_q),
      .cmd_valid_i(!taken_q[1]),
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
`endif
      .cmd_error_o(cmd_error),
      .op_valid_i(1'b1),
      .op_ready_o(op_ready),
      .valid_o(valid),
      .busy_o(busy)
  );

  // The commands as they were taken.
  reg apart_q;  // one was illegal, or longer than the formula goes
  reg [1:0] stream_q, chain_q, twice_q;
  reg [2*ROW_W-1:0] rows_q;
  reg [2*BEAT_W-1:0] beats_q, passes_q;
  reg [2*COL_W-1:0] cols_q;
  always @(posedge clk_i) begin
    if (!started_q) begin
      taken_q <= 0;
      apart_q <= 0;
    end else begin
      apart_q <= apart_q || cmd_error || (cmd_ready && !taken_q[1] && cmd_count_i > 2);
    end
    if (started_q && cmd_ready && !taken_q[1]) begin
      taken_q <= taken_q + 1;
      stream_q[taken_q[0]] <= cmd_stream_i;
      chain_q[taken_q[0]] <= cmd_chain_i;
      twice_q[taken_q[0]] <= cmd_count_i == 2;
      rows_q[taken_q[0]*ROW_W+:ROW_W] <= cmd_rows_i;
      beats_q[taken_q[0]*BEAT_W+:BEAT_W] <= cmd_beats_i;
      passes_q[taken_q[0]*BEAT_W+:BEAT_W] <= cmd_passes_i;
      cols_q[taken_q[0]*COL_W+:COL_W] <= cmd_cols_i;
    end
  end

  // What was measured, from the first beat on.
  reg begun_q;
  reg [T-1:0] now_q, measured_q;
  wire begins = op_ready && !begun_q;
  always @(posedge clk_i) begin
    if (!started_q) begin
      begun_q <= 0;
      now_q <= 0;
    end else if (begun_q || begins) begin
      begun_q <= 1;
      now_q <= now_q + 1;
      if (valid != 0) measured_q <= now_q;
    end
  end
  wire over = started_q && begun_q && taken_q[1] && !busy && !apart_q && !cmd_error;

  // The formula.
  reg [T-1:0] next, t, start, window_free, stream_free, predicted, result, u, pass;
  reg [2*T-1:0] free;  // of the even, of the odd cycles
  reg found;
  integer i, j, k;
  always @* begin
    next = 0;
    window_free = 0;
    stream_free = 0;
    free = 0;
    predicted = 0;
    for (i = 0; i < 2; i = i + 1)
      for (j = 0; j < 2; j = j + 1) begin
        u = rows_q[i*ROW_W+:ROW_W];
        pass = cols_q[i*COL_W+:COL_W] + beats_q[i*BEAT_W+:BEAT_W] - 1;
        t = next + beats_q[i*BEAT_W+:BEAT_W] - 1;
        start = 0;
        result = 0;
        if (j == 0 || twice_q[i]) begin
          if (!stream_q[i]) begin
            found = 0;
            for (k = 0; k <= 2 * ROWS; k = k + 1) begin
              found = found || t >= free[t[0]*T+:T];
              if (!found) t = t + 1;
            end
            free[t[0]*T+:T] = t + 2 * u;
            stream_free = t + 2 * (ROWS - 1) + COLS;
            result = t + 2 * (u - 1) + COLS - 1;
          end else begin
            start = next > stream_free ? next : stream_free;
            if (chain_q[i] && j > 0) t = next + cols_q[i*COL_W+:COL_W] - 1;
            else t = start + (chain_q[i] ? pass : passes_q[i*BEAT_W+:BEAT_W] * pass) - 1;
            if (t < window_free) t = window_free;
            window_free = t + u;
            free = {2{window_free}};
            result = t + u - 1;
          end
          next = t + 1;
          if (result > predicted) predicted = result;
        end
      end
    predicted = predicted + LATE;
  end

  assign violated_o = over && measured_q != predicted;
  wire both = over && &twice_q;
  assign reached_o = {both && stream_q == 2'b11, both && stream_q == 2'b10, both && stream_q == 2'b01,
                      both && stream_q == 2'b00};
endmodule
