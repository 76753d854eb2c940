// rc_column_walk: the addresses of the columns' operands, or of the taps: `count` of them from a group's
// base on, in each of its runs again.
//
// As in rc_walk, fields are read at the edge with load_i high and stay as they are until the walk ends; a
// beat is left at an edge with next_i high.
module rc_column_walk #(
    parameter integer ADDRESS_W = 16,  // bits of an address
    parameter integer COUNT_W   = 16   // bits of a count
) (
    input  wire                 clk_i,
    input  wire                 rst_i,
    input  wire                 load_i,
    input  wire [ADDRESS_W-1:0] base_i,
    input  wire [  COUNT_W-1:0] count_i,       // from 1
    input  wire                 line_step_i,   // from an address to the next: 0 or 1
    input  wire [  COUNT_W-1:0] runs_i,        // of a group, from 1
    input  wire [  COUNT_W-1:0] groups_i,      // from 1
    input  wire [ADDRESS_W-1:0] group_step_i,  // from a group's base to the next
    output wire                 valid_o,
    output wire [ADDRESS_W-1:0] address_o,
    input  wire                 next_i
);
  localparam [COUNT_W-1:0] ONE = 1;

  reg active_q;
  reg [ADDRESS_W-1:0] address_q, origin_q;
  reg [COUNT_W-1:0] left_q, runs_left_q, groups_left_q;

  wire run_end = left_q == ONE;
  wire group_end = run_end && runs_left_q == ONE;
  wire last = group_end && groups_left_q == ONE;
  wire [ADDRESS_W-1:0] origin_behind = origin_q + group_step_i;

  assign valid_o = active_q;
  assign address_o = address_q;

  always @(posedge clk_i)
    if (rst_i) active_q <= 1'b0;
    else if (load_i) active_q <= 1'b1;
    else if (next_i && last) active_q <= 1'b0;

  always @(posedge clk_i) begin
    if (load_i) begin
      address_q <= base_i;
      origin_q <= base_i;
      left_q <= count_i;
      runs_left_q <= runs_i;
      groups_left_q <= groups_i;
    end else if (active_q && next_i) begin
      address_q <= group_end ? origin_behind : run_end ? origin_q : address_q + {{(ADDRESS_W - 1) {1'b0}}, line_step_i};
      left_q <= run_end ? count_i : left_q - ONE;
      if (run_end) runs_left_q <= group_end ? runs_i : runs_left_q - ONE;
      if (group_end) begin
        groups_left_q <= groups_left_q - ONE;
        origin_q <= origin_behind;
      end
    end
  end
endmodule
