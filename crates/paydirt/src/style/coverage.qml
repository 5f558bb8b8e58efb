<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis version="3.22.0" styleCategories="Symbology">
  <pipe>
    <rasterrenderer type="paletted" band="1" opacity="1" alphaBand="-1" nodataColor="">
      <rasterTransparency/>
      <colorPalette>
        <paletteEntry value="{{ outside }}" alpha="0" color="#ffffff" label="outside the study area"/>
        <paletteEntry value="{{ missing }}" alpha="255" color="{{ grey }}" label="evidence missing"/>
        <paletteEntry value="{{ known }}" alpha="255" color="#b8dfc3" label="evidence known"/>
      </colorPalette>
    </rasterrenderer>
  </pipe>
  <blendMode>0</blendMode>
</qgis>
