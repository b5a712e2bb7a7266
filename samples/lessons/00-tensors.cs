#:project ../../MyTorch/MyTorch.csproj
using MyTorch;
using static Blackboard;

// Lesson 00. Tensors, for a C# programmer who has never seen one.
// A tensor is an array of numbers with any number of dimensions. The program prints code, an arrow, and the value that the code computed.

Heading("1. Shape: how many numbers along each dimension");
Tensor number = 5.5;                       // no dimension: a scalar
Tensor list = [1, 2, 3];                   // one: a vector, like double[]
Tensor grid = [[1, 2, 3], [4, 5, 6]];      // two: a matrix, like double[2, 3]
Tensor cube = Tensor.Zeros([4, 2, 3]);     // three: four matrices of 2 x 3
Show(number.Shape);
Show(list.Shape);
Show(grid.Shape);
Show(cube.Shape);
Show(grid.Rank);                           // the number of dimensions
Show(grid.ElementCount);                   // the number of elements
Show(grid.DType);                          // what an element is: 32-bit floats unless you say otherwise

Heading("2. Dimensions: dimension 0 counts the rows, dimension 1 the columns");
Show(grid);
Show(grid[1]);                             // an index removes dimension 0
Show(grid[.., 2]);                         // C#'s range: all rows, column 2
Show(grid.Sum());
Show(grid.Sum(dims: 0));                   // the sum runs over the dimension you name, and that dimension disappears
Show(grid.Sum(dims: 1));
Show(grid.Sum(dims: 1, keepDim: true).Shape);
Show(grid.T);

Heading("3. Element by element, and broadcasting: a dimension of size 1, or a missing one, is repeated");
Tensor row = [10, 20, 30];                 // (3,): repeated down the rows
Tensor column = [[100], [200]];            // (2, 1): repeated along the rows
Show(grid * grid);
Show(grid + 1);
Show(grid + row);
Show(grid + column);
Show((row + column).Shape);                // both are repeated
Fails(() => _ = grid + grid.T);            // 3 meets 2: neither can be repeated to fit the other

Heading("4. The matrix product: (n, k) times (k, m) is (n, m); the inner sizes must be equal, and disappear");
Show(grid.MatMul(grid.T));
Show(grid.MatMul(grid.T).Shape);

Heading("5. Batch: many examples at once, one a row");
// Which of 2 classes is a flower? A linear layer, z = Wx + b, computes a score for each class from its 3 features x (lengths, for example).
// A batch X has one flower in each row, and so has the result, X W^T + b. The numbers are random (Randn: around 0); nothing is learned yet.
Tensor batch = Tensor.Randn([4, 3], generator: new Generator(0));
Tensor weight = Tensor.Randn([2, 3], generator: new Generator(1));     // a row for each class
Tensor bias = [0.5, -0.5];
Tensor logits = batch.MatMul(weight.T) + bias;                         // the bias is broadcast down the batch
Show(batch.Shape);
Show(weight.Shape);
Show(logits.Shape);

Heading("6. Logits: scores of any size, one for each class; softmax turns a row into probabilities");
Show(logits);
Tensor probabilities = logits.Softmax(dim: 1);
Show(probabilities);
Show(logits.Exp() / logits.Exp().Sum(dims: 1, keepDim: true));         // the same: softmax is e to each score, divided by their sum
Show(probabilities.Sum(dims: 1));          // each row adds up to 1
Show(probabilities.ArgMax(dim: 1));        // the class with the largest probability: the prediction
Show(logits.ArgMax(dim: 1));               // the same: softmax keeps the order

Heading("Try next");
Say("Give batch.MatMul(weight) without .T and read the error. Make the bias a column and find out why it does not fit.");
Heading("Exercise");
Say("Without a loop, subtract from each column of batch its mean (.Mean is used as .Sum is); the new column means are 0, up to the rounding of 32 bits.");
Say("Then do the same for the rows. Which of the two needs keepDim, and why?");
Say("Solution: samples/lessons/solutions.md");
