using Qwen2Audio.Model.Ops;
using Qwen2Audio.Training.Ops;
using Qwen2Audio.Training.Optimisation;

namespace Qwen2Audio.Training.Tests.Optimisation;

/// <summary>Initial values of parameters that only codecs have.</summary>
public sealed class InitialisationTests
{
    [Fact]
    public void Weight_norm_begins_with_the_length_of_its_direction_and_snake_with_one()
    {
        using var parameters = new ParameterSet();
        NormedWeight.Of(parameters.Weights.Sub("conv"), "weight", 3, 4, 5);
        parameters.Weights.Get("act.alpha", 6);
        parameters.Allocate(_ => true);
        Initialisation.Fill(parameters, 1);
        var direction = parameters["conv.weight_v"].Value;
        for (var i = 0; i < 3; i++)
        {
            var norm = Math.Sqrt(direction.Row(i).ToArray().Sum(value => (double)value * value));
            Assert.InRange(norm, 0.1, 10);
            Assert.Equal(norm, parameters["conv.weight_g"].Value.Span[i], 1e-6);
        }

        Assert.All(parameters["act.alpha"].Value.Span.ToArray(), value => Assert.Equal(1, value));
    }
}
