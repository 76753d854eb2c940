// rc_array_lockstep: both views of rc_array under the same random stimulus, compared every cycle.
//
// Every input bit is fresh in every cycle. What changes every 64 cycles is the mode: everything at
// once, b and last alone, the broadcast alone (tap and lastb); and how often a `last` comes: on one
// lane in 2, 8 or 64, so that sums grow short and long.
module rc_array_lockstep #(
    parameter integer ROWS     = 2,
    parameter integer COLS     = 2,
    parameter integer DATA_W   = 8,
    parameter integer WEIGHT_W = 8,
    parameter integer ACC_W    = 32,
    parameter integer MAC_STAGES = 0
) (
    input  wire clk_i,
    output wire washed_o,     // both views are: from here on they are compared
    output wire different_o,  // some output differs in this cycle
    output wire busy_o        // some output is not zero
);
  localparam NOISE_W = ROWS * (DATA_W + WEIGHT_W + 13) + COLS * WEIGHT_W;
  localparam WORDS = (NOISE_W + 31) / 32;

  reg [WORDS*32-1:0] noise;
  reg [31:0] cycle_q = 0;
  reg [31:0] i;

  always @(posedge clk_i) begin
    cycle_q <= cycle_q + 1;
    for (i = 0; i < WORDS; i = i + 1) noise[i*32+:32] <= $random;
  end

  wire [1:0] mode = cycle_q[7:6];
  wire [1:0] rarity = cycle_q[9:8];
  wire use_b = mode != 2'd2;
  wire use_tap = mode != 2'd1;

  // Thirteen random bits a row: for its two `last`, and whether the neighbours' words are held.
  wire [13*ROWS-1:0] coins = noise[0+:13*ROWS];
  reg [ROWS-1:0] last;
  reg [ROWS-1:0] lastb;
  reg [ROWS-1:0] hold;
  reg [31:0] r;
  always @* begin
    for (r = 0; r < ROWS; r = r + 1) begin
      last[r] = coins[r*13] & (rarity < 1 | &coins[r*13+1+:2]) & (rarity < 2 | &coins[r*13+3+:3]);
      hold[r] = coins[r*13+12];
      lastb[r] = coins[r*13+6] & (rarity < 1 | &coins[r*13+7+:2]) & (rarity < 2 | &coins[r*13+9+:3]);
    end
  end

  wire [COLS*ACC_W-1:0] structural;
  wire [COLS*ACC_W-1:0] vector;

  rc_array_pair #(
      .ROWS(ROWS),
      .COLS(COLS),
      .DATA_W(DATA_W),
      .WEIGHT_W(WEIGHT_W),
      .ACC_W(ACC_W),
      .MAC_STAGES(MAC_STAGES),
      .WASH(1)
  ) u_pair (
      .clk_i(clk_i),
      .a_i(noise[13*ROWS+:ROWS*DATA_W]),
      .last_i(last & {ROWS{use_b}}),
      .b_i(noise[(13+DATA_W+WEIGHT_W)*ROWS+:COLS*WEIGHT_W] & {COLS * WEIGHT_W{use_b}}),
`ifdef ROW_BROADCAST
      .hold_i(hold & {ROWS{use_tap}}),
      .tap_n_i(noise[(13+DATA_W)*ROWS+:ROWS*WEIGHT_W] | {ROWS * WEIGHT_W{~use_tap}}),
      .lastb_n_i(~(lastb & {ROWS{use_tap}})),
`endif
      .washed_o(washed_o),
      .structural_o(structural),
      .vector_o(vector)
  );

  assign different_o = structural != vector;
  assign busy_o = |structural;
endmodule
