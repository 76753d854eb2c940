// rc_commands: takes step commands, drops the illegal ones, and keeps up to two until they are wanted.
//
//     cmd_* ──► arrived ──► check ──┬────────────► command wanted (valid_o, take_i)
//                             │     └► waiting ──►
//                             ▼
//                          cmd_error_o
//
// A command taken in cycle n (cmd_valid_i and cmd_ready_o high) is checked in cycle n + 1, in which it
// may be on the outputs already. Is it illegal (see `legal`), it goes no further, and cmd_error_o is high
// in cycle n + 2, for this command only; others before and behind are none the worse. Legal ones leave in
// the order in which they came, each once.
// cmd_ready_o is low only while open_i is, and while a command that waits has another one behind
// it. It never depends on cmd_valid_i or take_i, and a command may come in every cycle as long as one is
// taken in every cycle.
//
// Nothing but a register sees the ports, and cmd_error_o is one.
module rc_commands #(
    parameter integer ROWS  = /*%ROWS*/4,     // rows of the array, from 1
//%if ROW_BROADCAST
    parameter integer COLS  = /*%COLS*/4,     // columns of the array, from 1
//%end
    parameter integer MAX_K = /*%MAX_K*/4608, // most beats of a tile or pass, from 1
    parameter integer TAG_W = /*%TAG_W*/16    // bits of a step's tag and of a number of steps, from 1
) (
    input  wire                         clk_i,
    input  wire                         rst_i,
    input  wire                         open_i,       // commands are taken
    input  wire                         cmd_valid_i,
    output wire                         cmd_ready_o,
    input  wire [            TAG_W-1:0] cmd_tag_i,
    input  wire [            TAG_W-1:0] cmd_count_i,
    input  wire [ $clog2(ROWS + 2)-1:0] cmd_rows_i,
    input  wire [$clog2(MAX_K + 2)-1:0] cmd_beats_i,
//%if ROW_BROADCAST
    input  wire                         cmd_stream_i,
    input  wire                         cmd_chain_i,
    input  wire [ $clog2(COLS + 2)-1:0] cmd_cols_i,
    input  wire [$clog2(MAX_K + 2)-1:0] cmd_taps_i,
    input  wire [$clog2(MAX_K + 2)-1:0] cmd_pitch_i,
    input  wire [$clog2(MAX_K + 2)-1:0] cmd_passes_i,
//%end
    output wire                         cmd_error_o,
    // The oldest legal command.
    output wire                         valid_o,      // there is one
    input  wire                         take_i,       // if there is one, it leaves
    output wire [            TAG_W-1:0] tag_o,
    output wire [            TAG_W-1:0] count_o,
    output wire [ $clog2(ROWS + 2)-1:0] rows_o,
    output wire [$clog2(MAX_K + 2)-1:0] beats_o,
//%if ROW_BROADCAST
    output wire                         stream_o,
    output wire                         chain_o,
    output wire [ $clog2(COLS + 2)-1:0] cols_o,
    output wire [$clog2(MAX_K + 2)-1:0] taps_o,
    output wire [$clog2(MAX_K + 2)-1:0] gap_o,        // samples behind a line's taps: the pitch less them
    output wire [$clog2(MAX_K + 2)-1:0] passes_o,
//%end
    output wire                         busy_o        // a command is being checked, or waits
);
  localparam integer ROW_W = $clog2(ROWS + 2);
  localparam integer BEAT_W = $clog2(MAX_K + 2);
  localparam [TAG_W-1:0] NO_STEP = 0;
  localparam [ROW_W-1:0] NO_ROW = 0;
  localparam [ROW_W-1:0] ALL_ROWS = ROWS[ROW_W-1:0];
  localparam [BEAT_W-1:0] NO_BEAT = 0;
  localparam [BEAT_W-1:0] MOST_BEATS = MAX_K[BEAT_W-1:0];
//%if ROW_BROADCAST
  localparam integer COL_W = $clog2(COLS + 2);
  localparam [BEAT_W-1:0] ONE_PASS = 1;
  localparam [COL_W-1:0] NO_COL = 0;
  localparam [COL_W-1:0] ALL_COLS = COLS[COL_W-1:0];
//%end

  // ---------------------------------------------------------------- the command that has arrived
  reg arrived_q;
  reg [TAG_W-1:0] arrived_tag_q, arrived_count_q;
  reg [ROW_W-1:0] arrived_rows_q;
  reg [BEAT_W-1:0] arrived_beats_q;
//%if ROW_BROADCAST
  reg arrived_stream_q, arrived_chain_q;
  reg [COL_W-1:0] arrived_cols_q;
  reg [BEAT_W-1:0] arrived_taps_q, arrived_pitch_q, arrived_passes_q;
//%end
  reg waiting_q;
  wire full = arrived_q && waiting_q;

  always @(posedge clk_i) begin
    if (!full) begin
      arrived_tag_q    <= cmd_tag_i;
      arrived_count_q  <= cmd_count_i;
      arrived_rows_q   <= cmd_rows_i;
      arrived_beats_q  <= cmd_beats_i;
//%if ROW_BROADCAST
      arrived_stream_q <= cmd_stream_i;
      arrived_chain_q  <= cmd_chain_i;
      arrived_cols_q   <= cmd_cols_i;
      arrived_taps_q   <= cmd_taps_i;
      arrived_pitch_q  <= cmd_pitch_i;
      arrived_passes_q <= cmd_passes_i;
//%end
    end
  end

  // ---------------------------------------------------------------- the check
//%if ROW_BROADCAST
  // Numbers of different widths, brought to one.
  localparam integer WIDE = BEAT_W + COL_W + ROW_W;
  wire [WIDE-1:0] wide_rows = {{(WIDE - ROW_W) {1'b0}}, arrived_rows_q};
  wire [WIDE-1:0] wide_cols = {{(WIDE - COL_W) {1'b0}}, arrived_cols_q};
  wire [WIDE-1:0] wide_beats = {{(WIDE - BEAT_W) {1'b0}}, arrived_beats_q};
  wire legal_chain = arrived_passes_q == ONE_PASS && wide_cols >= wide_beats
      && wide_cols >= wide_rows;
  wire [BEAT_W:0] gap = {1'b0, arrived_pitch_q} - {1'b0, arrived_taps_q};
  wire taps_beyond_pitch = gap[BEAT_W];  // it borrowed
  wire legal_stream = arrived_cols_q != NO_COL && arrived_cols_q <= ALL_COLS
      && arrived_taps_q != NO_BEAT && !taps_beyond_pitch
      && arrived_passes_q != NO_BEAT && (!arrived_chain_q || legal_chain);
//%end
  wire legal = arrived_count_q != NO_STEP
      && arrived_rows_q != NO_ROW && arrived_rows_q <= ALL_ROWS
      && arrived_beats_q != NO_BEAT && arrived_beats_q <= MOST_BEATS
//%if ROW_BROADCAST
      && (!arrived_stream_q || legal_stream)
//%end
      ;
  wire passes = arrived_q && legal;
  reg error_q;

  // ---------------------------------------------------------------- the command that waits
  reg [TAG_W-1:0] tag_q, count_q;
  reg [ROW_W-1:0] rows_q;
  reg [BEAT_W-1:0] beats_q;
//%if ROW_BROADCAST
  reg stream_q, chain_q;
  reg [COL_W-1:0] cols_q;
  reg [BEAT_W-1:0] taps_q, gap_q, passes_q;
//%end

  always @(posedge clk_i) begin
    if (!waiting_q || take_i) begin
      tag_q    <= arrived_tag_q;
      count_q  <= arrived_count_q;
      rows_q   <= arrived_rows_q;
      beats_q  <= arrived_beats_q;
//%if ROW_BROADCAST
      stream_q <= arrived_stream_q;
      chain_q  <= arrived_chain_q;
      cols_q   <= arrived_cols_q;
      taps_q   <= arrived_taps_q;
      gap_q    <= gap[BEAT_W-1:0];
      passes_q <= arrived_passes_q;
//%end
    end
  end

  always @(posedge clk_i) begin
    if (rst_i) begin
      arrived_q <= 1'b0;
      waiting_q <= 1'b0;
      error_q   <= 1'b0;
    end else begin
      arrived_q <= full ? legal && !take_i : cmd_valid_i && open_i;
      waiting_q <= waiting_q ? passes || !take_i : passes && !take_i;
      error_q   <= arrived_q && !legal;
    end
  end

  assign cmd_ready_o = open_i && !full;
  assign cmd_error_o = error_q;
  assign busy_o = arrived_q || waiting_q;

  assign valid_o = waiting_q || passes;
  assign tag_o = waiting_q ? tag_q : arrived_tag_q;
  assign count_o = waiting_q ? count_q : arrived_count_q;
  assign rows_o = waiting_q ? rows_q : arrived_rows_q;
  assign beats_o = waiting_q ? beats_q : arrived_beats_q;
//%if ROW_BROADCAST
  assign stream_o = waiting_q ? stream_q : arrived_stream_q;
  assign chain_o = waiting_q ? chain_q : arrived_chain_q;
  assign cols_o = waiting_q ? cols_q : arrived_cols_q;
  assign taps_o = waiting_q ? taps_q : arrived_taps_q;
  assign gap_o = waiting_q ? gap_q : gap[BEAT_W-1:0];
  assign passes_o = waiting_q ? passes_q : arrived_passes_q;
//%end
endmodule
