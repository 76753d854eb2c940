// rc_results_properties: what is proved of rc_results, for steps that end as who feeds them lets them end, and
// a reset at any time: a tile in a free lane; a window when no row is left of what came before and no result
// of a tile is on its way along the columns.
//
// R1  lane_busy_o is high exactly when a result of a step before leaves in this cycle.
// R2  rows_left_o is the number of rows of a window that are left, or of the step that ends; zero if none is.
// R3  valid_o is high exactly LATENCY cycles after a result has left; of a tile, in column c, c later.
// R4  row_o and tag_o are then column 0's.
// R5  window_o is high exactly with a window's.
// R6  busy_o is high exactly when a result is to leave or on its way.
module rc_results_properties #(
    parameter integer ROWS   = 2,
    parameter integer COLS   = 2,
    parameter integer STAGES = 0,
    parameter integer TAG_W   = 2,
    parameter integer LATENCY = 1 + STAGES,
    parameter integer ROW_W   = $clog2(ROWS + 2)
) (
    input  wire             clk_i,
    input  wire             rst_i,
    input  wire             end_i,
    input  wire [ROW_W-1:0] rows_i,
    input  wire [TAG_W-1:0] tag_i,
    input  wire             stream_i,
    output wire [      6:1] violated_o
);
  reg started_q = 0;
  always @(posedge clk_i) started_q <= 1;
  wire rst = rst_i || !started_q;

  // A place for every coming cycle: a result that leaves in it, a window's, its row and tag.
  localparam PLACES = 2 * ROWS;
  localparam PLACE_W = 2 + ROW_W + TAG_W;
  reg [PLACES*PLACE_W-1:0] places_q, places;
  reg any;
  reg [ROW_W-1:0] row, left;
  // On the way to the ports: lane i left i + 1 cycles ago.
  localparam WAYS = LATENCY + COLS - 1;
  reg [WAYS*PLACE_W-1:0] way_q;

`ifdef ROW_BROADCAST
  wire stream = stream_i;
`else
  wire stream = 0;
`endif
  integer i;
  reg tiles_on_way;
  always @* begin
    tiles_on_way = 0;
    for (i = 0; i < WAYS; i = i + 1)
      tiles_on_way = tiles_on_way || way_q[(i+1)*PLACE_W-1-:2] == 2'b10;
  end
  wire ends = end_i && rows_i >= 1 && rows_i <= ROWS && !places_q[PLACE_W-1]
      && (!stream || (!any && !tiles_on_way));

  always @* begin
    any = 0;
    left = 0;
    for (i = 0; i < PLACES; i = i + 1) begin
      any = any || places_q[(i+1)*PLACE_W-1];
      if (places_q[(i+1)*PLACE_W-1-:2] == 2'b11) left = left + 1;
    end
  end
  always @* begin
    places = places_q;
    for (i = 0; i < PLACES; i = i + 1) begin
      row = stream ? i : i / 2;
      if (ends && (stream ? i < rows_i : i % 2 == 0 && i / 2 < rows_i))
        places[i*PLACE_W+:PLACE_W] = {1'b1, stream, row, tag_i};
    end
  end
  always @(posedge clk_i) begin
    places_q <= places >> PLACE_W;
    way_q    <= {way_q, places[PLACE_W-1:0]};
    if (rst) begin
      places_q <= 0;
      way_q    <= 0;
    end
  end

  wire lane_busy, busy;
  wire [COLS-1:0] valid;
  wire [ROW_W-1:0] row_o;
  wire [TAG_W-1:0] tag_o;
`ifdef ROW_BROADCAST
  wire window;
  wire [ROW_W-1:0] rows_left;
`else
  wire window = 0;
`endif
  rc_results #(
      .ROWS(ROWS),
      .COLS(COLS),
      .TAG_W(TAG_W),
      .LATENCY(LATENCY)
  ) u_results (
      .clk_i(clk_i),
      .rst_i(rst),
      .end_i(ends),
      .rows_i(rows_i),
      .tag_i(tag_i),
`ifdef ROW_BROADCAST
      .stream_i(stream_i),
      .rows_left_o(rows_left),
      .window_o(window),
`endif
      .lane_busy_o(lane_busy),
      .valid_o(valid),
      .row_o(row_o),
      .tag_o(tag_o),
      .busy_o(busy)
  );

  wire here, here_window;
  wire [ROW_W-1:0] here_row;
  wire [TAG_W-1:0] here_tag;
  assign {here, here_window, here_row, here_tag} = way_q[(LATENCY-1)*PLACE_W+:PLACE_W];
  reg [COLS-1:0] expected;
  reg on_way;
  always @* begin
    on_way = any;
    for (i = 0; i < WAYS; i = i + 1)
      on_way = on_way || way_q[(i+1)*PLACE_W-1-:2] == 2'b10
          || (way_q[(i+1)*PLACE_W-1-:2] == 2'b11 && i < LATENCY);
    for (i = 0; i < COLS; i = i + 1)
      expected[i] = (here && here_window) || way_q[(LATENCY+i)*PLACE_W-1-:2] == 2'b10;
  end

  wire [6:1] holds;
  assign holds[1] = lane_busy == places_q[PLACE_W-1];
`ifdef ROW_BROADCAST
  assign holds[2] = ends ? rows_left == rows_i : places_q[PLACE_W-1-:2] == 2'b10 || rows_left == left;
`else
  assign holds[2] = 1;
`endif
  assign holds[3] = valid == expected;
  assign holds[4] = !here || (row_o == here_row && tag_o == here_tag);
  assign holds[5] = window == (here && here_window);
  assign holds[6] = busy == on_way;
  assign violated_o = started_q && !rst ? ~holds : 0;
endmodule
