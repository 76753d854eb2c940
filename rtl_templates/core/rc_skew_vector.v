// rc_skew: the edges of the array (vector view, for simulation only).
//
// Same module name, ports and cycle behaviour as the structural view. Instead of one delay line per lane
// each operand has a ring: a slot per cycle that holds the whole port as it came, so that writing it is a
// copy. Each lane leaves from the slot that is as old as its delay; nothing is shifted. A slot is written
// before the pointer moves on to it, and no lane is as old as the whole ring: writing is invisible until
// the clock edge is over. `last` goes ahead instead, into the slots in which its rows leave. Synthesise
// the structural view.
//
// Latency: as the structural view.
module rc_skew #(
    parameter integer ROWS     = /*%ROWS*/4,     // rows of the array, from 1
    parameter integer COLS     = /*%COLS*/4,     // columns of the array, from 1
    parameter integer DATA_W   = /*%DATA_W*/8,   // bits of an activation
//%if ROW_BROADCAST
    parameter integer STAGES   = /*%BROADCAST_STAGES*/0, // registers in the broadcast, from 0
//%end
    parameter integer WEIGHT_W = /*%WEIGHT_W*/8  // bits of a weight
) (
    input  wire                        clk_i,
    input  wire [            ROWS-1:0] row_en_i,    // rows that take a_i in this cycle
    input  wire                        col_en_i,    // the columns take b_i in this cycle
    input  wire [$clog2(ROWS + 2)-1:0] last_rows_i, // rows whose tile ends with this beat; 0: none
    input  wire [     ROWS*DATA_W-1:0] a_i,
    input  wire [   COLS*WEIGHT_W-1:0] b_i,
//%if ROW_BROADCAST
    input  wire [            ROWS-1:0] stream_i,    // rows whose a_i is a sample: no skew
    input  wire [            ROWS-1:0] tap_en_i,    // rows that take tap_i in this cycle
    input  wire [            ROWS-1:0] lastb_i,     // rows whose window ends
    input  wire [   ROWS*WEIGHT_W-1:0] tap_i,
    output wire [            ROWS-1:0] hold_o,      // high in the cycle after a tap, and after lastb
    output wire [   ROWS*WEIGHT_W-1:0] tap_n_o,     // active low, as are
    output wire [            ROWS-1:0] lastb_n_o,   // these
//%end
    output wire [     ROWS*DATA_W-1:0] a_o,
    output wire [            ROWS-1:0] last_o,
    output wire [   COLS*WEIGHT_W-1:0] b_o
);
  localparam integer ROW_W = $clog2(ROWS + 2);
  // Clock edges from the cycle of an operand to the array's edge.
//%if ROW_BROADCAST
  localparam integer TO_ARRAY = 1 + STAGES;
//%else
//%  localparam integer TO_ARRAY = 1;
//%end
  // A power of two, so that masking an index costs nothing.
  localparam DEPTH = 1 << $clog2(TO_ARRAY + (ROWS > COLS ? ROWS : COLS) + 2);
  localparam MASK = DEPTH - 1;
  // The rings of a and b are read lane by lane, each from another slot: their slots are words of as many
  // lanes as 32 bits hold.
  localparam A_LANES = 32 / DATA_W;
  localparam B_LANES = 32 / WEIGHT_W;
  localparam A_WORD = A_LANES * DATA_W;
  localparam B_WORD = B_LANES * WEIGHT_W;
  localparam A_WORDS = (ROWS + A_LANES - 1) / A_LANES;
  localparam B_WORDS = (COLS + B_LANES - 1) / B_LANES;
  localparam A_STEP = 1 << $clog2(A_WORDS);
  localparam B_STEP = 1 << $clog2(B_WORDS);

  reg [31:0] now_q;  // counts cycles: the youngest slot
  reg [A_WORD-1:0] a_ring[0:DEPTH*A_STEP-1];
  reg [B_WORD-1:0] b_ring[0:DEPTH*B_STEP-1];
  reg [ROWS-1:0] last_ring[0:DEPTH-1];
//%if ROW_BROADCAST
  reg [ROWS-1:0] stream_ring[0:DEPTH-1];
  reg [ROWS-1:0] hold_ring[0:DEPTH-1];
  reg [ROWS*WEIGHT_W-1:0] tap_n_ring[0:DEPTH-1];
  reg [ROWS-1:0] lastb_n_ring[0:DEPTH-1];
//%end

  // Enables as masks of whole lanes; they are spread out again only when they change.
  reg [ROWS-1:0] a_rows_q;
  reg [ROWS*DATA_W-1:0] a_mask_q;
//%if ROW_BROADCAST
  reg [ROWS-1:0] tap_rows_q;
  reg [ROWS*WEIGHT_W-1:0] tap_mask_q;
//%end

  // Where the slots start matters to nobody; a simulator with X needs a number.
  initial begin
    now_q = 0;
    a_rows_q = 0;
    a_mask_q = 0;
//%if ROW_BROADCAST
    tap_rows_q = 0;
    tap_mask_q = 0;
//%end
  end
  wire [31:0] next = now_q + 1;

  task write;
    reg [31:0] r;
    reg [31:0] w;
    reg [A_WORDS*A_WORD-1:0] a;
    reg [B_WORDS*B_WORD-1:0] b;
    begin
      if (row_en_i != a_rows_q) begin
        for (r = 0; r < ROWS; r = r + 1) a_mask_q[r*DATA_W+:DATA_W] = {DATA_W{row_en_i[r]}};
        a_rows_q = row_en_i;
      end
      a = 0;
      b = 0;
      a[ROWS*DATA_W-1:0] = a_i & a_mask_q;
      b[COLS*WEIGHT_W-1:0] = b_i & {COLS * WEIGHT_W{col_en_i}};
      for (w = 0; w < A_WORDS; w = w + 1) a_ring[(next&MASK)*A_STEP+w] = a[w*A_WORD+:A_WORD];
      for (w = 0; w < B_WORDS; w = w + 1) b_ring[(next&MASK)*B_STEP+w] = b[w*B_WORD+:B_WORD];
      // Row r's mark goes where it leaves r cycles later; the slot that has left is free again.
      last_ring[(next+(ROWS-1))&MASK] = 0;
      if (last_rows_i != 0) begin
        for (r = 0; r < ROWS; r = r + 1) begin
          if (r < {{(32 - ROW_W) {1'b0}}, last_rows_i}) last_ring[(next+r)&MASK][r] = 1'b1;
        end
      end
//%if ROW_BROADCAST
      stream_ring[next&MASK] = stream_i;
      if (tap_en_i != tap_rows_q) begin
        for (r = 0; r < ROWS; r = r + 1) tap_mask_q[r*WEIGHT_W+:WEIGHT_W] = {WEIGHT_W{tap_en_i[r]}};
        tap_rows_q = tap_en_i;
      end
      tap_n_ring[next&MASK] = ~(tap_i & tap_mask_q);
      lastb_n_ring[next&MASK] = ~lastb_i;
      hold_ring[next&MASK] = {ROWS{tap_en_i[0]}} | lastb_i;
//%end
    end
  endtask

  always @(posedge clk_i) begin
    write;
    now_q <= next;
  end

  wire [31:0] edges = now_q - (TO_ARRAY - 1);  // the slot that leaves unskewed
  assign last_o = last_ring[edges&MASK];
//%if ROW_BROADCAST
  wire [ROWS-1:0] lean = ~stream_ring[edges&MASK];  // samples do not
  assign hold_o = hold_ring[(edges-1)&MASK];
  assign tap_n_o = tap_n_ring[edges&MASK];
  assign lastb_n_o = lastb_n_ring[edges&MASK];
//%end

  genvar r, c;
  generate
    for (r = 0; r < ROWS; r = r + 1) begin : gen_row
      localparam [31:0] ROW = r;
//%if ROW_BROADCAST
      assign a_o[r*DATA_W+:DATA_W] = a_ring[((edges-(ROW&{32{lean[r]}}))&MASK)*A_STEP+r/A_LANES][r%A_LANES*DATA_W+:DATA_W];
//%else
//%      assign a_o[r*DATA_W+:DATA_W] = a_ring[((edges-ROW)&MASK)*A_STEP+r/A_LANES][r%A_LANES*DATA_W+:DATA_W];
//%end
    end
    for (c = 0; c < COLS; c = c + 1) begin : gen_col
      localparam [31:0] COL = c;
      assign b_o[c*WEIGHT_W+:WEIGHT_W] = b_ring[((edges-COL)&MASK)*B_STEP+c/B_LANES][c%B_LANES*WEIGHT_W+:WEIGHT_W];
    end
  endgenerate
endmodule
