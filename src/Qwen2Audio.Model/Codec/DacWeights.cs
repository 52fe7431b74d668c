using System.Text.RegularExpressions;

namespace Qwen2Audio.Model.Codec;

/// <summary>
/// Maps weight names to those of DAC in transformers: <c>encoder.0.unit.0.act1.alpha</c> is <c>encoder.block.0.res_unit1.snake1.alpha</c>, with
/// shape [1, channels, 1].
/// </summary>
public sealed partial class DacWeights(IWeights source) : RenamedWeights(source)
{
    public override IWeight Get(string name, params ReadOnlySpan<int> shape) =>
        name.EndsWith(".alpha", StringComparison.Ordinal) ? base.Get(name, 1, shape[0], 1) : base.Get(name, shape);

    protected override string Published(string name)
    {
        if (name.StartsWith("quantizer.", StringComparison.Ordinal)) return "quantizer.quantizers." + name["quantizer.".Length..];
        name = Unit().Replace(name, match =>
            $"{match.Groups[1].Value}.res_unit{int.Parse(match.Groups[2].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) + 1}.{match.Groups[3].Value.Replace("act", "snake", StringComparison.Ordinal)}.");
        name = Layer().Replace(name, match => $".{match.Groups[1].Value switch { "in" or "down" => "conv1", "out" => "conv2", "up" => "conv_t1", _ => "snake1" }}.");
        return Stage().Replace(name, "$1.block.$2.");
    }

    [GeneratedRegex(@"^(\w+\.\d+)\.unit\.(\d+)\.(act1|act2|conv1|conv2)\.")]
    private static partial Regex Unit();

    [GeneratedRegex(@"\.(in|out|down|up|act)\.")]
    private static partial Regex Layer();

    [GeneratedRegex(@"^(\w+)\.(\d+)\.")]
    private static partial Regex Stage();
}
