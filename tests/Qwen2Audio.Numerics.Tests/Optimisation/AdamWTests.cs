using Qwen2Audio.Numerics.Optimisation;

namespace Qwen2Audio.Numerics.Tests.Optimisation;

public sealed class AdamWTests() : KernelTest(seed: 17)
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 41, 0.25)]
    [InlineData(1, 40_001, 1)]
    public void Steps_follow_the_rule(int rows, int columns, double scale)
    {
        const double Rate = 1e-3, Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8, Decay = 0.1;
        var (w, m, v) = (Sample.Normal(rows, columns), Sample.Zeros(rows, columns), Sample.Zeros(rows, columns));
        var initial = Numbers.Of(w);
        var weights = Numbers.Of(w);
        var (first, second) = (new double[weights.Length], new double[weights.Length]);
        for (var t = 1; t <= 20; t++)
        {
            var g = Sample.Normal(rows, columns, 0.01, 0.02, strided: true);
            var (c1, c2) = (1 - Math.Pow(Beta1, t), 1 - Math.Pow(Beta2, t));
            var step = new AdamWStep(
                (float)Rate, (float)Beta1, (float)Beta2, (float)Epsilon, (float)Decay, (float)c1, (float)c2, (float)scale);
            AdamW.Update(Pool, w, g, m, v, step);
            var gradients = Numbers.Of(g);
            for (var i = 0; i < weights.Length; i++)
            {
                var gradient = gradients[i] * scale;
                weights[i] *= 1 - Rate * Decay;
                first[i] = Beta1 * first[i] + (1 - Beta1) * gradient;
                second[i] = Beta2 * second[i] + (1 - Beta2) * gradient * gradient;
                weights[i] -= Rate * (first[i] / c1) / (Math.Sqrt(second[i]) / Math.Sqrt(c2) + Epsilon);
            }
        }

        Numbers.Near(weights, w, 5e-7, "weights");
        Numbers.Near(first, m, 2e-6, "first moment");
        Numbers.Near(second, v, 2e-6, "second moment");
        for (var i = 0; i < weights.Length; i++) weights[i] -= initial[i];
        var update = Sample.Copy(w);
        for (var r = 0; r < rows; r++)
            for (var c = 0; c < columns; c++) update.Row(r)[c] = (float)(w.Row(r)[c] - initial[r * columns + c]);
        Numbers.Near(weights, update, 2e-4, "what the steps changed");
    }

    [Fact]
    public void A_rate_of_zero_changes_the_moments_alone()
    {
        var (w, g) = (Sample.Normal(2, 9), Sample.Normal(2, 9));
        var (m, v, before) = (Sample.Zeros(2, 9), Sample.Zeros(2, 9), Sample.Copy(w));
        AdamW.Update(Pool, w, g, m, v, new AdamWStep(0, 0.9f, 0.999f, 1e-8f, 0.1f, 0.1f, 0.001f, 1));
        Numbers.Same(before, w, "weights");
        Numbers.Near([.. Numbers.Of(g).Select(x => 0.1 * x)], m, 1e-6);
        Assert.All(Numbers.Of(v), x => Assert.True(x > 0));
    }

    [Fact]
    public void Coupled_decay_is_part_of_the_gradient()
    {
        var (w, g) = (Sample.Normal(3, 41), Sample.Normal(3, 41));
        var (m, v, weights) = (Sample.Zeros(3, 41), Sample.Zeros(3, 41), Numbers.Of(w));
        var gradients = Numbers.Of(g).Select((x, i) => 0.5 * x + 0.3 * weights[i]).ToArray();
        AdamW.Update(Pool, w, g, m, v, new AdamWStep(0.01f, 0.9f, 0.999f, 1e-8f, 0, 0.1f, 0.001f, 0.5f, GradientDecay: 0.3f));
        Numbers.Near([.. gradients.Select(x => 0.1 * x)], m, 1e-6, "first moment");
        Numbers.Near([.. gradients.Select(x => 0.001 * x * x)], v, 1e-6, "second moment");
        Numbers.Near([.. weights.Select((x, i) => x - 0.01 * Math.Sign(gradients[i]))], w, 1e-5, "weights");
    }
}
