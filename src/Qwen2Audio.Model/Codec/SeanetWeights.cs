namespace Qwen2Audio.Model.Codec;

/// <summary>
/// Maps weight names to those of EnCodec and Mimi in transformers, which number all layers of encoder and decoder consecutively, including
/// activations: <c>encoder.0.unit.0.conv1.weight</c> is <c>encoder.layers.1.block.1.conv.weight</c>.
/// </summary>
public sealed class SeanetWeights(CodecConfig config, IWeights source) : RenamedWeights(source)
{
    private readonly int _lstm = config.LstmLayers > 0 ? 1 : 0;
    private readonly int _perStage = config.ResidualUnits + 2; // units, activation, convolution

    public override IWeight Get(string name, params ReadOnlySpan<int> shape)
    {
        if (config.Quantiser != QuantiserKind.Split || !name.EndsWith(".codebook", StringComparison.Ordinal)) return base.Get(name, shape);
        var codebook = Published(name);
        return new QuotientWeight(Source.Get(codebook + ".embed_sum", shape), Source.Get(codebook + ".cluster_usage", shape[0]));
    }

    protected override string Published(string name)
    {
        var (part, rest) = Cut(name);
        return part switch
        {
            "encoder" => "encoder.layers." + Encoder(rest),
            "decoder" => "decoder.layers." + Decoder(rest),
            "encoder_transformer" or "decoder_transformer" => $"{part}.layers.{rest}",
            "downsample" or "upsample" => $"{part}.conv.{rest}",
            "quantizer" => "quantizer." + Quantiser(rest),
            _ => name,
        };
    }

    private string Encoder(string name)
    {
        var stages = 1 + config.Strides.Count * _perStage;
        var (part, rest) = Cut(name);
        if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var stage))
        {
            return part switch
            {
                "in" => Convolution(0, rest),
                "lstm" => $"{stages}.lstm.{rest}",
                "out" => Convolution(stages + _lstm + 1, rest),
                _ => name,
            };
        }

        var first = 1 + stage * _perStage;
        (part, rest) = Cut(rest);
        return part == "down" ? Convolution(first + config.ResidualUnits + 1, rest) : Unit(first, rest);
    }

    private string Decoder(string name)
    {
        var (part, rest) = Cut(name);
        if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var stage))
        {
            return part switch
            {
                "in" => Convolution(0, rest),
                "lstm" => $"1.lstm.{rest}",
                "out" => Convolution(1 + _lstm + config.Strides.Count * _perStage + 1, rest),
                _ => name,
            };
        }

        var first = 1 + _lstm + stage * _perStage;
        (part, rest) = Cut(rest);
        return part == "up" ? Convolution(first + 1, rest) : Unit(first + 2, rest);
    }

    /// <summary>J.conv1.…, J.conv2.… or J.shortcut.…</summary>
    private static string Unit(int first, string name)
    {
        var (index, rest) = Cut(name);
        (var part, rest) = Cut(rest);
        var layer = first + int.Parse(index, NumberStyles.None, CultureInfo.InvariantCulture);
        return Convolution($"{layer}.{part switch { "conv1" => "block.1", "conv2" => "block.3", _ => part }}", rest);
    }

    private static string Convolution(int layer, string name) => Convolution($"{layer}", name);

    private static string Convolution(string layer, string name) =>
        name.StartsWith("norm.", StringComparison.Ordinal) ? $"{layer}.{name}" : $"{layer}.conv.{name}";

    private string Quantiser(string name)
    {
        if (config.Quantiser != QuantiserKind.Split) return $"layers.{name}.embed"; // S.codebook
        var (part, rest) = Cut(name);
        var group = $"{part}_residual_vector_quantizer";
        return rest switch
        {
            "in_proj.weight" => $"{group}.input_proj.weight",
            "out_proj.weight" => $"{group}.output_proj.weight",
            _ => $"{group}.layers.{rest}",
        };
    }

    private static (string First, string Below) Cut(string name)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? (name, "") : (name[..dot], name[(dot + 1)..]);
    }
}
