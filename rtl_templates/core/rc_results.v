// rc_results: knows when and of which step each result leaves the array.
//
// Of a step that ends in cycle t (end_i), row 0's result of column 0 is on the port in cycle
// t + LATENCY, and so valid_o, row_o and tag_o say. Row r of a tile follows 2r cycles later, in column c
// another c cycles later: two tiles share the drain, one in the even and one in the odd cycles.
//
//     cycle          t   t+1  t+2  t+3  t+4
//     even lane     r0        r1        r2       tile ended at t
//     odd lane            r0        r1           tile ended at t+1
//
//%if ROW_BROADCAST
// Row r of a window (stream_i) follows r cycles later, on all columns at once: a window has both lanes.
// window_o says which of the two kinds is on the ports; they never meet there.
//
//%end
// Nothing here keeps a step from ending too early; who feeds it asks before.
module rc_results #(
    parameter integer ROWS    = /*%ROWS*/4,   // rows of the array, from 1
    parameter integer COLS    = /*%COLS*/4,   // columns of the array, from 1
    parameter integer TAG_W   = /*%TAG_W*/16, // bits of a step's tag, from 1
    parameter integer LATENCY = 3             // cycles from the end of a step to its first result, from 1
) (
    input  wire                        clk_i,
    input  wire                        rst_i,
    // The step being fed.
    input  wire                        end_i,       // it ends in this cycle
    input  wire [$clog2(ROWS + 2)-1:0] rows_i,      // its rows, 1..ROWS
    input  wire [           TAG_W-1:0] tag_i,
//%if ROW_BROADCAST
    input  wire                        stream_i,    // it is a window
//%end
    // For who feeds the next one.
    output wire                        lane_busy_o, // a step before has a row that leaves in this cycle
//%if ROW_BROADCAST
    output wire [$clog2(ROWS + 2)-1:0] rows_left_o, // rows of this lane, with those of the one that ends
//%end
    // In step with the array's ports.
    output wire [            COLS-1:0] valid_o,     // the column's port holds a result
    output wire [$clog2(ROWS + 2)-1:0] row_o,       // column 0: its row
    output wire [           TAG_W-1:0] tag_o,       // column 0: its step
//%if ROW_BROADCAST
    output wire                        window_o,    // all columns: a window's
//%end
    output wire                        busy_o       // a result is to leave, or on its way to a port
);
  localparam integer ROW_W = $clog2(ROWS + 2);
  localparam [ROW_W-1:0] ROW_0 = 0;
  localparam [ROW_W-1:0] ROW_1 = 1;

  // ---------------------------------------------------------------- lanes
  // Of this cycle and of the next; they swap every cycle, so each serves every second one.
  reg [ROW_W-1:0] left_q, other_left_q;  // rows that have not left yet
  reg [ROW_W-1:0] row_q, other_row_q;    // the next of them
  reg [TAG_W-1:0] tag_q, other_tag_q;

  assign lane_busy_o = left_q != ROW_0;
  wire leaves = end_i || lane_busy_o;
  wire [ROW_W-1:0] leaves_row = end_i ? ROW_0 : row_q;
  wire [TAG_W-1:0] leaves_tag = end_i ? tag_i : tag_q;
  wire [ROW_W-1:0] left = end_i ? rows_i : left_q;
  wire [ROW_W-1:0] left_then = left - {{(ROW_W - 1) {1'b0}}, leaves};
  wire [ROW_W-1:0] row_then = leaves_row + ROW_1;

//%if ROW_BROADCAST
  // A window's rows leave in consecutive cycles: one lane, no swap.
  reg window_q;
  wire window = end_i ? stream_i : window_q;
  wire swap = !window;
  assign rows_left_o = left;

  always @(posedge clk_i) begin
    if (rst_i) window_q <= 1'b0;
    else window_q <= window;
  end
//%else
//%  wire swap = 1'b1;
//%end

  always @(posedge clk_i) begin
    if (rst_i) begin
      left_q       <= ROW_0;
      other_left_q <= ROW_0;
    end else begin
      left_q       <= swap ? other_left_q : left_then;
      other_left_q <= swap ? left_then : ROW_0;
    end
  end

  always @(posedge clk_i) begin
    row_q       <= swap ? other_row_q : row_then;
    tag_q       <= swap ? other_tag_q : leaves_tag;
    other_row_q <= row_then;
    other_tag_q <= leaves_tag;
  end

  // ---------------------------------------------------------------- to the ports
  // Bit i is i + 1 cycles late; bits from LATENCY on follow a tile's result along the columns.
  localparam integer TILES = LATENCY + COLS - 1;
  reg [TILES-1:0] tiles_q;
//%if ROW_BROADCAST
  wire [TILES:0] tiles = {tiles_q, leaves && !window};
  reg [LATENCY-1:0] windows_q;
  wire [LATENCY:0] windows = {windows_q, leaves && window};
//%else
//%  wire [TILES:0] tiles = {tiles_q, leaves};
//%end

  always @(posedge clk_i) begin
    if (rst_i) begin
      tiles_q   <= {TILES{1'b0}};
//%if ROW_BROADCAST
      windows_q <= {LATENCY{1'b0}};
//%end
    end else begin
      tiles_q   <= tiles[TILES-1:0];
//%if ROW_BROADCAST
      windows_q <= windows[LATENCY-1:0];
//%end
    end
  end

  rc_delay #(
      .WIDTH (ROW_W + TAG_W),
      .CYCLES(LATENCY)
  ) u_name (
      .clk_i(clk_i),
      .d_i  ({leaves_row, leaves_tag}),
      .q_o  ({row_o, tag_o})
  );

//%if ROW_BROADCAST
  assign window_o = windows[LATENCY];
  assign valid_o = tiles[TILES:LATENCY] | {COLS{window_o}};
//%else
//%  assign valid_o = tiles[TILES:LATENCY];
//%end

  // Where the other lane has a row left, the one before it left in the last cycle and is on its way.
  assign busy_o = lane_busy_o
//%if ROW_BROADCAST
      || windows_q != {LATENCY{1'b0}}
//%end
      || tiles_q != {TILES{1'b0}};
endmodule
