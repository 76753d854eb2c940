// rc_move_check: is a move legal, and how many steps has it? An answer 17 cycles after load_i.
//
// What is checked is what could write where it must not, or could not be computed: counts of zero, more
// rows or columns than N or tables than there are, addresses that the memories do not have, operands and
// results in one place, forms that do not exist, commands that the core would refuse.
module rc_move_check #(
    parameter integer N       = /*%N*/4,     // rows and columns of the array
    parameter integer A_DEPTH = /*%A_DEPTH*/1024,  // words of a lane of A, of B, of W
    parameter integer B_DEPTH = /*%B_DEPTH*/1024,
    parameter integer W_DEPTH = /*%W_DEPTH*/1024,
    parameter integer Q_DEPTH = /*%Q_DEPTH*/64,    // scales of columns, of a lane, and of rows
    parameter integer S_DEPTH = /*%S_DEPTH*/1024,
    parameter integer TABLES  = /*%TABLES*/0,    // that words may go through, up to 15
    parameter integer MAX_K   = /*%MAX_K*/4608   // most beats of the core's commands
) (
    input  wire         clk_i,
    input  wire         load_i,   // move_i is new from the next cycle on, and stays
    input  wire [/*%MOVE_TOP*/931:0] move_i,
    output wire         ready_o,  // the answer is there
    output wire [  3:0] error_o,  // 0: legal
    output wire [ 15:0] steps_o   // runs * groups
);
  /*%MOVE_FIELDS*/fields
  localparam integer COUNT_W = 16;
  localparam integer ADDRESS_W = 20;
  localparam [COUNT_W-1:0] NONE = 0;
  localparam [COUNT_W-1:0] LANES = N[COUNT_W-1:0];
  localparam [COUNT_W-1:0] LONGEST = MAX_K[COUNT_W-1:0];
  localparam integer LONGEST_FIELD = (1 << $clog2(MAX_K + 2)) - 1;
  localparam [COUNT_W:0] FIELD = LONGEST_FIELD[COUNT_W:0];  // of the core's pitch

  // Codes.
  localparam [3:0] LEGAL = 0;
  localparam [3:0] ZERO = 1;     // a count of zero
  localparam [3:0] SIZE = 2;     // more rows, columns, steps, tables than there are
  localparam [3:0] MEMORY = 3;   // addresses out of a memory
  localparam [3:0] FORM = 4;     // a form that does not exist
  localparam [3:0] OVERLAP = 5;  // results where the move's own operands lie

  wire windows = move_i[F_WINDOWS];
  wire from_w = move_i[F_ROWS_FROM_W];
  wire from_b = move_i[F_COLUMNS_FROM_B];
  wire to_b = move_i[F_RESULTS_TO_B];
  wire by_column = move_i[F_BY_COLUMN];
  wire residual = move_i[F_RESIDUAL];

  // ---------------------------------------------------------------- steps
  reg [COUNT_W-1:0] factor_q;
  reg [2*COUNT_W-1:0] shifted_q, product_q;
  reg [4:0] left_q;
  assign ready_o = left_q == 5'd0;
  assign steps_o = product_q[COUNT_W-1:0];
  always @(posedge clk_i) begin
    if (load_i) left_q <= 5'd17;
    else if (!ready_o) left_q <= left_q - 5'd1;
    if (left_q == 5'd17) begin
      factor_q <= move_i[F_RUNS+:COUNT_W];
      shifted_q <= {NONE, move_i[F_GROUPS+:COUNT_W]};
      product_q <= {2 * COUNT_W{1'b0}};
    end else if (!ready_o) begin
      factor_q <= factor_q >> 1;
      shifted_q <= shifted_q << 1;
      if (factor_q[0]) product_q <= product_q + shifted_q;
    end
  end

  // ---------------------------------------------------------------- counts
  wire zero = move_i[F_RUNS+:COUNT_W] == NONE || move_i[F_GROUPS+:COUNT_W] == NONE ||
      move_i[F_LAST_ROWS+:COUNT_W] == NONE || move_i[F_BEATS+:COUNT_W] == NONE ||
      move_i[F_SEGMENT0_COUNT+:COUNT_W] == NONE || move_i[F_ROWS_RUN_BEATS+:24] == 24'd0 ||
      move_i[F_ROWS_RUN_ADVANCE+:24] == 24'd0 || move_i[F_ROWS_RUNS+:COUNT_W] == NONE ||
      move_i[F_ROWS_GROUPS+:COUNT_W] == NONE || move_i[F_COLUMNS_COUNT+:COUNT_W] == NONE ||
      (windows ? move_i[F_COMMAND_ROWS+:COUNT_W] == NONE || move_i[F_POSITIONS+:COUNT_W] == NONE ||
                 move_i[F_TAPS+:COUNT_W] == NONE || move_i[F_PITCH+:COUNT_W] == NONE ||
                 move_i[F_KEPT_LINE_STRIDE+:COUNT_W] == NONE || move_i[F_KEPT_LINES+:COUNT_W] == NONE ||
                 move_i[F_KEPT_COLUMN_STRIDE+:COUNT_W] == NONE || move_i[F_KEPT_COLUMNS+:COUNT_W] == NONE
               : move_i[F_LAST_COLUMNS+:COUNT_W] == NONE);
  wire no_table;                   // with all 15 there is a table for every number
  generate
    if (TABLES < 15) begin : gen_few_tables
      assign no_table = move_i[F_TABLE+:4] > TABLES[3:0];
    end else begin : gen_all_tables
      assign no_table = 1'b0;
    end
  endgenerate
  wire size = move_i[F_LAST_ROWS+:COUNT_W] > LANES || product_q[2*COUNT_W-1:COUNT_W] != NONE ||
      move_i[F_ROWS_RUN_ADVANCE+:24] > move_i[F_ROWS_RUN_BEATS+:24] ||
      move_i[F_BEATS+:COUNT_W] > LONGEST || no_table ||
      (windows ? move_i[F_COMMAND_ROWS+:COUNT_W] > LANES || move_i[F_POSITIONS+:COUNT_W] > LANES ||
                 {1'b0, move_i[F_PITCH+:COUNT_W]} > FIELD ||
                 move_i[F_FIRST_ROW+:COUNT_W] >= LANES || move_i[F_RESULTS_LANE+:COUNT_W] >= LANES
               : move_i[F_LAST_COLUMNS+:COUNT_W] > LANES);
  wire form = (windows && (from_w || by_column || residual)) || (from_w && !from_b) ||
      (residual && (by_column || !from_w)) ||
      (windows && move_i[F_TAPS+:COUNT_W] > move_i[F_PITCH+:COUNT_W]) ||
      (windows && move_i[F_CHAIN] && (move_i[F_BEATS+:COUNT_W] > move_i[F_POSITIONS+:COUNT_W] ||
                                      move_i[F_COMMAND_ROWS+:COUNT_W] > move_i[F_POSITIONS+:COUNT_W]));

  // ---------------------------------------------------------------- addresses
  wire [ADDRESS_W-1:0] rows_first = move_i[F_ROWS_RANGE_FIRST+:ADDRESS_W];
  wire [ADDRESS_W-1:0] rows_last = move_i[F_ROWS_RANGE_LAST+:ADDRESS_W];
  wire [ADDRESS_W-1:0] columns_first = move_i[F_COLUMNS_RANGE_FIRST+:ADDRESS_W];
  wire [ADDRESS_W-1:0] columns_last = move_i[F_COLUMNS_RANGE_LAST+:ADDRESS_W];
  wire [ADDRESS_W-1:0] results_first = move_i[F_RESULTS_RANGE_FIRST+:ADDRESS_W];
  wire [ADDRESS_W-1:0] results_last = move_i[F_RESULTS_RANGE_LAST+:ADDRESS_W];
  wire [ADDRESS_W-1:0] added_first = results_first + move_i[F_RESIDUAL_OFFSET+:ADDRESS_W];
  wire [ADDRESS_W-1:0] added_last = results_last + move_i[F_RESIDUAL_OFFSET+:ADDRESS_W];

  localparam [ADDRESS_W:0] A_END = A_DEPTH[ADDRESS_W:0];
  localparam [ADDRESS_W:0] B_END = B_DEPTH[ADDRESS_W:0];
  localparam [ADDRESS_W:0] W_END = W_DEPTH[ADDRESS_W:0];
  localparam [ADDRESS_W:0] Q_END = Q_DEPTH[ADDRESS_W:0];
  localparam [ADDRESS_W:0] S_END = S_DEPTH[ADDRESS_W:0];

  // The scales that are read: one behind the other, from the first row that is kept on. N steps of rows
  // have N each; N is a constant.
  localparam integer SCALE_W = COUNT_W + 12;
  wire [COUNT_W-1:0] scale_groups = windows || by_column ? move_i[F_GROUPS+:COUNT_W] : move_i[F_RUNS+:COUNT_W];
  wire [COUNT_W-1:0] dropped = windows ? move_i[F_FIRST_ROW+:COUNT_W] : NONE;
  wire [ADDRESS_W-1:0] scales_first = move_i[F_SCALES+:ADDRESS_W] + {{(ADDRESS_W - COUNT_W) {1'b0}}, dropped};
  wire [SCALE_W-1:0] row_scales = {{(SCALE_W - COUNT_W) {1'b0}}, scale_groups} * N[SCALE_W-1:0];
  wire [SCALE_W-1:0] scales_end = {{(SCALE_W - ADDRESS_W) {1'b0}}, scales_first} +
      (by_column ? {{(SCALE_W - COUNT_W) {1'b0}}, scale_groups} :
       row_scales - {{(SCALE_W - COUNT_W) {1'b0}}, LANES} - {{(SCALE_W - COUNT_W) {1'b0}}, dropped} +
       {{(SCALE_W - COUNT_W) {1'b0}}, move_i[F_LAST_ROWS+:COUNT_W]});

  wire memory = rows_first > rows_last || {1'b0, rows_last} >= (from_w ? W_END : A_END) ||
      columns_first > columns_last || {1'b0, columns_last} >= (from_b ? B_END : W_END) ||
      results_first > results_last || {1'b0, results_last} >= (to_b ? B_END : A_END) ||
      (residual && (added_first > added_last || {1'b0, added_last} >= A_END)) ||
      scales_end > {{(SCALE_W - ADDRESS_W - 1) {1'b0}}, by_column ? Q_END : S_END};

  wire overlap = (!from_w && !to_b && rows_first <= results_last && results_first <= rows_last) ||
      (from_b && to_b && columns_first <= results_last && results_first <= columns_last) ||
      // In place, every word is read before it is written; a bit further it may be too late.
      (residual && !to_b && added_first != results_first && added_first <= results_last && results_first <= added_last);

  assign error_o = zero ? ZERO : size ? SIZE : form ? FORM : memory ? MEMORY : overlap ? OVERLAP : LEGAL;

  wire unused = &{1'b0, move_i};
endmodule
