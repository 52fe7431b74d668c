namespace Qwen2Audio.Model.Codec;

/// <summary>EnCodec's LSTM, with the names of its weights.</summary>
internal static class LstmBlock
{
    /// <summary>The layers <c>weight_ih_lN</c>, <c>weight_hh_lN</c>, <c>bias_ih_lN</c>, <c>bias_hh_lN</c>; none if the codec has no LSTM.</summary>
    public static LstmLayerWeights[] Layers(CodecConfig config, IWeights weights, int width)
    {
        var layers = new LstmLayerWeights[config.LstmLayers];
        for (var i = 0; i < layers.Length; i++)
        {
            layers[i] = new LstmLayerWeights(
                weights.Get($"weight_ih_l{i}", 4 * width, width), weights.Get($"weight_hh_l{i}", 4 * width, width),
                weights.Get($"bias_ih_l{i}", 4 * width), weights.Get($"bias_hh_l{i}", 4 * width));
        }

        return layers;
    }
}
