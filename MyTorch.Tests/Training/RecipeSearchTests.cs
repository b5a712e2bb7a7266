using MyTorch.Data;
using MyTorch.Training;

namespace MyTorch.Tests.Training;

public class RecipeSearchTests
{
    // Two classes: by the sign of the first of ten features, of which some labels are turned round.
    static Dataset Rows(int rows, double noise)
    {
        var random = new Generator(5);
        double[] x = [.. Enumerable.Range(0, rows * 10).Select(_ => random.NextGaussian())];
        return new(Tensor.From(x, [rows, 10], DType.Float32),
            Tensor.Indices([.. Enumerable.Range(0, rows).Select(i => x[i * 10] > 0 != random.NextDouble() < noise ? 1L : 0L)]),
            [.. Enumerable.Range(0, 10).Select(c => $"x{c}")], ["no", "yes"]);
    }

    static Recipe Small(Dataset rows) => Recipe.For(rows.Count) with { Hidden = [8] };

    [Test]
    public void Noisy_rows_get_a_shorter_training_than_the_first_that_is_tried()
    {
        Dataset rows = Rows(120, noise: 0.3);
        Recipe recipe = Small(rows);
        RecipeChoice choice = RecipeSearch.Choose(rows, recipe);
        int[] epochs = [.. choice.Tried.Select(trial => trial.Recipe.Epochs)];

        Assert.That(epochs, Is.Ordered.And.Unique);
        Assert.That(epochs[0], Is.LessThan(recipe.WithSteps(Recipe.FewestSteps, rows.Count).Epochs));
        Assert.That(choice.Tried.Single(trial => trial.Recipe == choice.Recipe).Score, Is.EqualTo(choice.Tried.Max(trial => trial.Score)));
    }

    [Test]
    public void The_last_training_that_fits_the_time_may_be_twice_as_long()
    {
        Dataset rows = Rows(60, noise: 0);
        Recipe recipe = Small(rows);
        var parts = rows.Folds(4, seed: 0);
        double Cost(int steps) => parts.Sum(part => recipe.WithSteps(steps, rows.Count).NominalSeconds(part.Train));
        double Final(int steps) => recipe.WithSteps(steps, rows.Count).NominalSeconds(rows);
        double budget = Cost(500) + Cost(1000) + Final(1000);
        RecipeChoice choice = RecipeSearch.Choose(rows, recipe, budget: budget * 1.0001), less = RecipeSearch.Choose(rows, recipe, budget: budget * 0.9999);

        Assert.That(choice.Tried.Select(trial => trial.Recipe.Epochs), Is.SupersetOf(new[] { 250, 500 }).And.None.GreaterThan(500));
        Assert.That(less.Tried.Select(trial => trial.Recipe.Epochs), Is.EqualTo(new[] { 250 }));

        // Without time for a search the training is as long as the time allows, one epoch at least.
        RecipeChoice third = RecipeSearch.Choose(rows, recipe, budget: Final(500) / 3), none = RecipeSearch.Choose(rows, recipe, budget: 1e-9);
        Assert.That((third.Tried.Count, third.Recipe.Epochs, none.Recipe.Epochs), Is.EqualTo((0, 83, 1)));
    }

    [TestCase(1, 0.003)]
    [TestCase(32, 0.003)]
    [TestCase(64, 0.0042)]
    [TestCase(256, 0.0085)]
    [TestCase(4096, 0.0085)]
    public void The_learning_rate_grows_with_the_root_of_the_batch(int batch, double rate) => Assert.That(Recipe.RateFor(batch), Is.EqualTo(rate));

    [Test]
    public void A_batch_of_no_rows_has_no_rate() =>
        Assert.That(() => Recipe.RateFor(0), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("at least 1"));
}
